using System.Security.Cryptography;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace CallCenter.Simulation;

/// <summary>Who looks at the demonstration: an administrator whose password is another at each start and stands on the console.</summary>
sealed class DemoAccount(Users users, IServer server) : IHostedLifecycleService
{
    public const string Email = "demo@example.com";

    // Without letters that look alike.
    const string Letters = "abcdefghjkmnpqrstuvwxyz";

    readonly string password = string.Join('-', RandomNumberGenerator.GetString(Letters, 12).Chunk(4).Select(four => new string(four)));

    public Task StartingAsync(CancellationToken cancellationToken) => users.AddFirst(Email, "Demo", password, "es", PartsSeller.Zone.Id);

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? ServerOptions.DefaultUrl;
        // To the person at the console, not to a log that others read.
        Console.WriteLine($"The demonstration is at {address.TrimEnd('/')}. Sign in as {Email} with the password {password}");
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
