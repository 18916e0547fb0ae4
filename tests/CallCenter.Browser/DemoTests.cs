using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed partial class DemoTests(Chromium chromium)
{
    /// <summary>A file, seen from the root of the repository, to keep the picture in; unset, it is thrown away.</summary>
    const string PictureVariable = "CALLCENTER_PICTURE";

    const int PictureBytesMax = 300 * 1024;

    [Fact]
    public async Task The_console_says_how_to_sign_in_and_calls_move_within_seconds()
    {
        await using var place = await Place.OpenDemo(chromium);
        var page = await place.NewPage();
        await page.GotoAsync("/");
        await Expect(page.GetByText("Esto es una demostración con datos inventados.")).ToBeVisibleAsync();
        var (email, password) = Account().Match(place.Console) is { Success: true } said ? (said.Groups[1].Value, said.Groups[2].Value) : throw new InvalidOperationException(place.Console);
        await Expect(page.GetByLabel("Correo electrónico")).ToHaveValueAsync(email);
        await Place.SignIn(page, email, password);

        await Expect(page.Locator("main tbody tr").Nth(10)).ToBeVisibleAsync();
        await Expect(page.Locator("main tbody").GetByText(new Regex("Sonando|En cola|Contestada")).First).ToBeVisibleAsync();
        var newest = page.Locator(".pill-newest clock-time");
        var before = await newest.TextContentAsync();
        // At night one in forty half minutes brings no news of any call.
        await Expect(newest).Not.ToHaveTextAsync(before!, new() { Timeout = 90_000 });

        var picture = await page.ScreenshotAsync();
        Assert.InRange(picture.Length, 10_000, PictureBytesMax);
        if (Environment.GetEnvironmentVariable(PictureVariable) is { Length: > 0 } file) await File.WriteAllBytesAsync(Path.Combine(Root(), file), picture);
    }

    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CallCenter.slnx"))) folder = folder.Parent;
        return folder!.FullName;
    }

    [GeneratedRegex(@"Sign in as (\S+) with the password (\S+)")]
    private static partial Regex Account();
}
