using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using MimeKit;

namespace CallCenter.Tests.Mail;

/// <summary>A mail server on loopback that takes everything and shows it to the test.</summary>
sealed class FakeSmtp : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly Channel<MimeMessage> taken = Channel.CreateUnbounded<MimeMessage>();
    readonly Task running;

    public FakeSmtp()
    {
        listener.Start();
        running = Run();
    }

    public Uri Address => new($"smtp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>Refuses this many letters first.</summary>
    public int Refusals { get; set; }

    public async Task<MimeMessage> Next()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await taken.Reader.ReadAsync(patience.Token);
    }

    public bool IsEmpty => taken.Reader.Count == 0;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await running;
        stop.Dispose();
    }

    async Task Run()
    {
        while (!stop.IsCancellationRequested)
            try
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                await Serve(client.GetStream());
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                // The client went, or the test is over.
            }
    }

    async Task Serve(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        async Task Say(string line) => await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), stop.Token);
        await Say("220 here");
        while (await reader.ReadLineAsync(stop.Token) is { } line)
            switch (line.Split(' ')[0].ToUpperInvariant())
            {
                case "DATA":
                    await Say("354 go on");
                    var text = new StringBuilder();
                    while (await reader.ReadLineAsync(stop.Token) is { } part and not ".") text.Append(part.StartsWith('.') ? part[1..] : part).Append("\r\n");
                    taken.Writer.TryWrite(MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(text.ToString()))));
                    await Say("250 taken");
                    break;
                case "MAIL" when Refusals > 0:
                    Refusals--;
                    await Say("451 later");
                    break;
                case "QUIT":
                    await Say("221 bye");
                    return;
                default:
                    await Say("250 yes");
                    break;
            }
    }
}
