namespace CallCenter.Customers;

/// <summary>What somebody wrote into a field of a customer, tidied up.</summary>
static class Given
{
    /// <summary>On one line; null when nothing is left.</summary>
    /// <exception cref="Refusal">It is too long.</exception>
    public static string? Line(string field, string? written, int max) => Within(field, written is null ? null : VisibleText.Line(written, written.Length + 1), max);

    /// <summary>On as many lines as it has.</summary>
    /// <exception cref="Refusal">It is too long.</exception>
    public static string? Text(string field, string? written, int max) => Within(field, written is null ? null : VisibleText.Of(written.ReplaceLineEndings("\n")).Trim(), max);

    /// <exception cref="Refusal">It is none.</exception>
    public static string? Email(string? written) => Line("email", written, Customer.NameMax) is not { } email ? null
        : email.IndexOf('@') is > 0 and var at && at < email.Length - 1 && !email.Contains(' ') ? email
        : throw new Refusal(RefusalKind.Invalid, "customer.email", email);

    static string? Within(string field, string? text, int max) => string.IsNullOrEmpty(text) ? null
        : text.Length <= max ? text : throw new Refusal(RefusalKind.Invalid, "customer.too-long", field, max);
}
