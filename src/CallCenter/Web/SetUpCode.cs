using System.Security.Cryptography;
using System.Text;
using CallCenter.Teams;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace CallCenter.Web;

/// <summary>
/// Whoever creates the first administrator proves that the server's console is theirs: it prints this code when there is
/// nobody yet. A stranger on the network cannot read it, and it is worth nothing afterwards.
/// </summary>
sealed class SetUpCode(Users users, IServer server) : IHostedLifecycleService
{
    // Without letters and digits that look alike.
    const string Signs = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

    readonly string code = RandomNumberGenerator.GetString(Signs, 12);

    /// <summary>As it is printed, in groups of four.</summary>
    public string Code => string.Join('-', code.Chunk(4).Select(four => new string(four)));

    public bool IsRight(string? typed)
    {
        var signs = new string([.. (typed ?? "").Where(char.IsAsciiLetterOrDigit)]).ToUpperInvariant();
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(signs), Encoding.ASCII.GetBytes(code));
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (await users.AnyExists(cancellationToken)) return;
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? ServerOptions.DefaultUrl;
        // To the person at the console, not to a log that others read.
        Console.WriteLine($"Nobody can sign in yet. Create the administrator at {address.TrimEnd('/')}/configuracion-inicial with the code {Code}");
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
