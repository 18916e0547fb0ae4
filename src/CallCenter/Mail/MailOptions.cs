using MimeKit;

namespace CallCenter.Mail;

/// <summary>Which server takes our mail, and in whose name it is sent.</summary>
/// <param name="Server"><c>smtp://user:password@host:587</c> (STARTTLS) or <c>smtps://…:465</c>.</param>
/// <param name="From">Such as <c>Call Center &lt;calls@example.com&gt;</c>.</param>
public sealed record MailOptions(Uri Server, string From)
{
    /// <summary>As <c>CALLCENTER_SMTP</c> and <c>CALLCENTER_MAIL_FROM</c> say it; null when nothing is configured.</summary>
    /// <exception cref="Refusal">What is configured cannot be used.</exception>
    public static MailOptions? Read(string? server, string? from)
    {
        if (string.IsNullOrEmpty(server)) return null;
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("smtp" or "smtps")) throw new Refusal(RefusalKind.Invalid, "mail.server");
        if (!MailboxAddress.TryParse(from, out _)) throw new Refusal(RefusalKind.Invalid, "mail.from");
        return new MailOptions(address, from!);
    }
}
