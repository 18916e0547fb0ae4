using System.Globalization;

namespace CallCenter.Tests.Durability;

/// <summary>
/// A file system of its own in a file, mounted through a loop device of Linux. The file holds what the kernel wrote to the
/// disk and not what still waits in its memory, so a copy of the file is what a power cut leaves.
/// </summary>
sealed class DiskImage : IDisposable
{
    const int CopiesMax = 20, UnmountTriesMax = 100;

    readonly string place;

    DiskImage(string place)
    {
        this.place = place;
        Directory.CreateDirectory(Folder);
        // Nothing is written of itself for as long as a test takes.
        Shell.Run("mount", "-o", "loop,commit=600", File, Folder);
    }

    /// <summary>Where it is mounted.</summary>
    public string Folder => Path.Combine(place, "mount");

    string File => Path.Combine(place, "disk.img");

    /// <summary>Null where this machine cannot have one, and why.</summary>
    public static DiskImage? TryMake(int megabytes, out string whyNot)
    {
        whyNot = "";
        if (!OperatingSystem.IsLinux()) whyNot = "there are no loop devices but on Linux";
        else if (!Shell.IsRoot) whyNot = "only root may mount one";
        if (whyNot.Length > 0) return null;

        var place = NewPlace();
        try
        {
            using (var file = System.IO.File.Create(Path.Combine(place, "disk.img"))) file.SetLength(megabytes * 1024L * 1024);
            Shell.Run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", Path.Combine(place, "disk.img"));
            return new DiskImage(place);
        }
        catch (InvalidOperationException e)
        {
            whyNot = e.Message;
            Directory.Delete(place, recursive: true);
            return null;
        }
    }

    /// <summary>The same disk after a power cut at this moment. Whoever writes to it is frozen meanwhile.</summary>
    public DiskImage CutPower()
    {
        var copy = NewPlace();
        var file = Path.Combine(copy, "disk.img");
        for (var tries = 1; ; tries++)
        {
            Shell.Run("cp", "--sparse=always", File, file);
            if (Shell.Try("cmp", File, file).Code == 0) break; // the kernel wrote nothing between the beginning and the end
            if (tries == CopiesMax) throw new InvalidOperationException("The disk does not come to rest.");
        }

        return new DiskImage(copy);
    }

    /// <summary>Stops processes where they are, and lets them go on when it is disposed of.</summary>
    public static IDisposable Freeze(IEnumerable<int> processes) => new Frozen([.. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);

    public void Dispose()
    {
        // Who was stopped a moment ago may still be on its way out.
        for (var tries = 1; Shell.Try("umount", Folder) is { Code: not 0 } busy; tries++)
        {
            if (tries == UnmountTriesMax) throw new InvalidOperationException(busy.Said);
            Thread.Sleep(100);
        }

        Directory.Delete(place, recursive: true);
    }

    /// <summary>Others may look in: PostgreSQL does not run as root.</summary>
    static string NewPlace()
    {
        var place = Directory.CreateTempSubdirectory("callcenter-disk-").FullName;
        Shell.Run("chmod", "755", place);
        return place;
    }

    sealed class Frozen : IDisposable
    {
        readonly string[] processes;

        public Frozen(string[] processes)
        {
            this.processes = processes;
            Shell.Run("kill", ["-STOP", .. processes]);
        }

        public void Dispose() => Shell.Try("kill", ["-CONT", .. processes]);
    }
}
