using System.Diagnostics;
using System.Globalization;

namespace CallCenter.Tests;

/// <summary>Programs of the system, run to their end.</summary>
static class Shell
{
    public static bool IsRoot => Environment.UserName == "root";

    /// <exception cref="InvalidOperationException">It failed; with what it said.</exception>
    public static void Run(string program, params string[] arguments)
    {
        var (code, said) = Try(program, arguments);
        if (code != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {said}");
    }

    public static (int Code, string Said) Try(string program, params string[] arguments)
    {
        // A server that the program leaves behind would keep a redirected pipe open for ever.
        var said = Path.GetTempFileName();
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "out=\"$1\"; shift; exec \"$@\" > \"$out\" 2>&1 < /dev/null", "sh", said, program, .. arguments]) { WorkingDirectory = "/tmp" })!;
            process.WaitForExit();
            return (process.ExitCode, File.ReadAllText(said).Trim());
        }
        finally
        {
            File.Delete(said);
        }
    }

    public static IReadOnlyList<int> ChildrenOf(int process)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            try
            {
                if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)) continue;
                var stat = File.ReadAllText($"{folder}/stat"); // "id (name) state parent ..."
                if (int.Parse(stat[(stat.LastIndexOf(')') + 1)..].Split(' ')[2], CultureInfo.InvariantCulture) == process) children.Add(id);
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }

        return children;
    }
}
