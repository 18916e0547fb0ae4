using System.CommandLine;

namespace CallCenter.Tests.Commands;

/// <summary>The command line as scripts see it: exit code, standard output, standard error.</summary>
static class Cli
{
    public static async Task<(int Code, string Output, string Error)> Run(params string[] words)
    {
        var where = new InvocationConfiguration { Output = new StringWriter(), Error = new StringWriter() };
        var code = await CallCenter.Commands.Commands.Run(words, where);
        return (code, where.Output.ToString()!, where.Error.ToString()!);
    }

    /// <summary>A path for a database that does not exist yet; removed with its folder.</summary>
    public sealed class TempFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("callcenter-test-").FullName;

        public string Database => System.IO.Path.Combine(Path, "calls.db");

        /// <summary>A file in it.</summary>
        public string Write(string name, string text)
        {
            var path = System.IO.Path.Combine(Path, name);
            File.WriteAllText(path, text);
            return path;
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
