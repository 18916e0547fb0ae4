using System.Threading.Channels;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace CallCenter.Mail;

public sealed record Letter(string To, string Subject, string Text, Attachment? Attachment = null);

/// <param name="Type">Such as <c>text/csv</c>.</param>
public sealed record Attachment(string Name, string Type, byte[] Content);

/// <summary>Sends mail in the background, one letter after another. What cannot be sent after some tries is logged and given up.</summary>
sealed class Postman(MailOptions? options, TimeProvider clock, ILogger<Postman> logger) : BackgroundService
{
    const int WaitingMax = 1000;
    const int Tries = 3;
    static readonly TimeSpan AnsweredWithin = TimeSpan.FromSeconds(20), RetryAfter = TimeSpan.FromSeconds(10);

    readonly Channel<Letter> box = Channel.CreateBounded<Letter>(WaitingMax);

    /// <summary>There is a mail server at all.</summary>
    public bool Works => options is not null;

    /// <summary>False when it will not be sent: no server, or too much is waiting already.</summary>
    public bool Post(Letter letter) => Works && box.Writer.TryWrite(letter);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options is null) return;
        await foreach (var letter in box.Reader.ReadAllAsync(stoppingToken))
            for (var tried = 1; ; tried++)
                try
                {
                    await Deliver(letter, stoppingToken);
                    break;
                }
                catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
                {
                    logger.LogWarning("A mail could not be sent (try {Tried} of {Tries}): {Why}", tried, Tries, e.Message);
                    if (tried == Tries) break;
                    await Task.Delay(RetryAfter, clock, stoppingToken);
                }
    }

    /// <summary>Sends it now and once: for who keeps an account of what was sent.</summary>
    /// <exception cref="Refusal">There is no mail server.</exception>
    /// <exception cref="Exception">The server cannot be reached or does not take it.</exception>
    public async Task Deliver(Letter letter, CancellationToken stop)
    {
        var server = options?.Server ?? throw new Refusal(RefusalKind.Unavailable, "mail.none");
        var body = new BodyBuilder { TextBody = letter.Text };
        if (letter.Attachment is { } file) body.Attachments.Add(file.Name, file.Content, ContentType.Parse(file.Type));
        using var message = new MimeMessage { Subject = letter.Subject, Body = body.ToMessageBody() };
        message.From.Add(MailboxAddress.Parse(options!.From));
        message.To.Add(new MailboxAddress("", letter.To));
        using var smtp = new SmtpClient { Timeout = (int)AnsweredWithin.TotalMilliseconds };
        var isTls = server.Scheme == "smtps";
        // A password goes over TLS or not at all; without one, STARTTLS is taken where it is offered.
        var security = isTls ? SecureSocketOptions.SslOnConnect : server.UserInfo.Length > 0 && !server.IsLoopback ? SecureSocketOptions.StartTls : SecureSocketOptions.StartTlsWhenAvailable;
        await smtp.ConnectAsync(server.Host, server.IsDefaultPort || server.Port < 0 ? isTls ? 465 : 587 : server.Port, security, stop);
        if (server.UserInfo.Split(':', 2) is [var name, var password]) await smtp.AuthenticateAsync(Uri.UnescapeDataString(name), Uri.UnescapeDataString(password), stop);
        await smtp.SendAsync(message, stop);
        await smtp.DisconnectAsync(quit: true, stop);
    }
}
