using System.Text;

namespace CallCenter.Telephony.Wire;

/// <summary>One request to a manager server, spelled so that nothing in a value can become a line of its own.</summary>
static class AmiAction
{
    const int ValueMax = 4096;

    /// <exception cref="ArgumentException">A key or value that could break out of its line, or is too long.</exception>
    public static byte[] Spell(string action, string id, params ReadOnlySpan<(string Key, string Value)> fields)
    {
        var text = new StringBuilder(128);
        Add(text, "Action", action);
        Add(text, "ActionID", id);
        foreach (var (key, value) in fields) Add(text, key, value);
        return Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
    }

    static void Add(StringBuilder text, string key, string value)
    {
        // The value itself is not told: it may be a secret.
        if (key.Length == 0 || !key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            throw new ArgumentException("A key of a manager action holds letters and digits only.");
        if (value.Length > ValueMax || value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
            throw new ArgumentException($"The value of {key} is too long or holds a line break.");
        text.Append(key).Append(": ").Append(value).Append("\r\n");
    }
}
