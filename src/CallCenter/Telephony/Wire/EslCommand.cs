using System.Text;

namespace CallCenter.Telephony.Wire;

/// <summary>The only things we ever ask of a FreeSWITCH; none of them changes anything there. What changes something is an <see cref="EslOrder"/>.</summary>
enum EslQuestion
{
    /// <summary>Which run of the program this is.</summary>
    CoreUuid,
    Version,
    Channels,

    /// <summary>The names of the call center's queues.</summary>
    Queues,

    /// <summary>Who is in a queue; needs its name.</summary>
    QueueMembers,

    /// <summary>Who may take calls of the queues, and how they stand.</summary>
    Agents,

    /// <summary>Which of them takes calls of which queue.</summary>
    Tiers,
}

/// <summary>Commands to an event socket, spelled so that nothing in a value can become a command of its own.</summary>
static class EslCommand
{
    const int ValueMax = 1024;

    /// <summary>Every command is answered, also this one that does nothing: nobody wrote a log to this link.</summary>
    public static byte[] AreYouThere() => Spell("nolog");

    public static byte[] LogIn(string user, string password) => user.Length == 0 ? Spell("auth", password) : Spell("userauth", $"{user}:{password}");

    /// <param name="subclasses">Of custom events; these must be named last.</param>
    public static byte[] Listen(IEnumerable<string> events, IEnumerable<string> subclasses) =>
        Spell("event", $"plain {string.Join(' ', events)} CUSTOM {string.Join(' ', subclasses)}");

    /// <exception cref="ArgumentException">A queue's name that could break out of its place.</exception>
    public static byte[] Ask(EslQuestion question, string queue = "") => question switch
    {
        EslQuestion.CoreUuid => Spell("api", "global_getvar core_uuid"),
        EslQuestion.Version => Spell("api", "version"),
        EslQuestion.Channels => Spell("api", "show channels as json"),
        EslQuestion.Queues => Spell("api", "callcenter_config queue list"),
        EslQuestion.Agents => Spell("api", "callcenter_config agent list"),
        EslQuestion.Tiers => Spell("api", "callcenter_config tier list"),
        EslQuestion.QueueMembers when IsWord(queue) => Spell("api", $"callcenter_config queue list members {queue}"),
        EslQuestion.QueueMembers => throw new ArgumentException("The name of a queue is one word."),
        _ => throw new InvalidOperationException($"No words for {question}."),
    };

    /// <summary>What a FreeSWITCH is told to do; it answers at once under this id, and again when it is done.</summary>
    /// <exception cref="ArgumentException">A word that could break out of its place.</exception>
    public static byte[] Do(EslOrder order, string id)
    {
        if (!order.Words.All(IsWord) || !IsWord(id)) throw new ArgumentException("The words of an order are single words.");
        const string Status = "callcenter_config agent set status";
        var words = string.Join(' ', order.Words);
        var command = order.Deed switch
        {
            EslDeed.Originate => $"originate {words}",
            EslDeed.Kill => $"uuid_kill {words}",
            EslDeed.SendOnBreak => $"{Status} {words} 'On Break'",
            EslDeed.CallBack => $"{Status} {words} 'Available'",
            EslDeed.AddTier => $"callcenter_config tier add {words}",
            EslDeed.DropTier => $"callcenter_config tier del {words}",
            _ => throw new InvalidOperationException($"No words for {order.Deed}."),
        };
        return Encoding.UTF8.GetBytes($"bgapi {command}\nJob-UUID: {id}\n\n");
    }

    /// <summary>Can stand in a command without becoming two words or two commands.</summary>
    public static bool IsWord(string value) => value.Length is > 0 and <= ValueMax && !value.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter));

    static byte[] Spell(string command, string value = "")
    {
        // The value itself is not told: it may be a secret.
        if (value.Length > ValueMax || value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
            throw new ArgumentException($"The value of {command} is too long or holds a line break.");
        return Encoding.UTF8.GetBytes(value.Length == 0 ? $"{command}\n\n" : $"{command} {value}\n\n");
    }
}
