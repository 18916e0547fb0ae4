using System.Text;

namespace CallCenter.Tests;

public sealed class TableFileTests
{
    /// <summary>A large file is looked at a block at a time, and one sign may begin in one and end in the next.</summary>
    [Theory, InlineData(0), InlineData(1)]
    public void A_large_file_of_accents_is_in_the_encoding_that_it_is_in(int shift)
    {
        var path = Path.Combine(Path.GetTempPath(), $"callcenter-test-{Guid.NewGuid():n}");
        try
        {
            File.WriteAllText(path, new string('x', shift) + string.Concat(Enumerable.Repeat("ñandú\n", 30_000)), new UTF8Encoding(false));
            Assert.Equal("CSV, UTF-8", TableFile.Open(path).Kind);
            File.WriteAllBytes(path, [.. File.ReadAllBytes(path), 0xC3]); // half a sign at its end
            Assert.Equal("CSV, WINDOWS-1252", TableFile.Open(path).Kind);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
