namespace CallCenter.Telephony;

/// <summary>
/// A first guess at where things stand in messages nobody has described, by the names most phone systems use. Somebody
/// looks at it before it counts.
/// </summary>
public static class MappingGuess
{
    // The last names of a path, without case and signs; the first that is there counts.
    static readonly (string Field, string[] Names)[] Usual =
    [
        ("call_id", ["call.id", "callid", "calluuid", "callsid", "call.uuid", "callkey", "conversationid", "linkedid", "uniqueid", "sessionid", "uuid", "id"]),
        ("event", ["event.type", "event.name", "eventtype", "eventname", "event", "type", "callstatus", "status", "call.status", "state", "action", "evento", "estado"]),
        ("time", ["event.time", "eventtime", "timestamp", "occurredat", "time", "at", "datetime", "createdat", "ts", "date", "fecha", "hora"]),
        ("direction", ["direction", "calldirection", "way", "calltype", "sentido", "direccion"]),
        ("from", ["from.number", "from.phone", "caller.number", "callernumber", "callerid", "callerphone", "fromnumber", "from", "caller", "src", "source", "ani", "clid", "origen"]),
        ("to", ["to.number", "to.phone", "callee.number", "callednumber", "calleenumber", "tonumber", "to", "callee", "called", "dst", "destination", "dnis", "destino"]),
        ("line", ["did", "didnumber", "line", "line.number", "linenumber", "dialednumber", "trunk", "linea"]),
        ("caller_name", ["from.name", "caller.name", "callername", "calleridname", "fromname", "contactname"]),
        ("operator", ["agent.user", "agent.extension", "agent.name", "agent.id", "agent", "agentid", "operator", "user.name", "username", "user", "extension", "ext", "agente", "operador"]),
        ("queue", ["queue.name", "queuename", "queue", "queue.id", "queueid", "group", "department", "cola"]),
        ("leg", ["agent.leg", "legid", "leg", "leg.id", "channelid", "channel"]),
        ("reason", ["hangupcause", "endreason", "reason", "cause", "disposition", "result", "motivo", "causa"]),
        ("target", ["transfer.to", "transferto", "transfertarget", "target", "transferredto"]),
        ("kind", ["transfer.kind", "transfertype", "transferkind"]),
        ("recording", ["recordingurl", "recording.url", "recording", "recordurl", "grabacion"]),
        ("event_id", ["event.id", "eventid", "messageid", "deliveryid", "id"]),
        ("started_at", ["startedat", "starttime", "start"]),
        ("answered_at", ["answeredat", "answertime", "answer"]),
        ("ended_at", ["endedat", "endtime", "hanguptime", "end"]),
        ("talk_seconds", ["talkseconds", "billsec", "talktime", "billableseconds"]),
    ];

    // What their word contains, and what it then probably means. More telling ones first.
    static readonly (string Contains, string Ours)[] Events =
    [
        ("nocontest", "no_answer"), ("noanswer", "no_answer"), ("unanswered", "no_answer"), ("missed", "no_answer"), ("perdida", "no_answer"), ("timeout", "no_answer"),
        ("queueleft", "queue_left"), ("queueexit", "queue_left"), ("leavequeue", "queue_left"), ("queue.left", "queue_left"),
        ("unhold", "resumed"), ("resume", "resumed"), ("retrieve", "resumed"), ("hold", "on_hold"), ("reten", "on_hold"),
        ("voicemail", "voicemail"), ("buzon", "voicemail"), ("recording", "recording"), ("grabacion", "recording"), ("transfer", "transferred"),
        ("busy", "busy"), ("ocupad", "busy"), ("cancel", "cancelled"), ("abandon", "cancelled"), ("fail", "failed"), ("fallid", "failed"), ("error", "failed"), ("congest", "failed"),
        ("ring", "ringing"), ("sonando", "ringing"), ("alert", "ringing"), ("queue", "queued"), ("encola", "queued"),
        ("answer", "answered"), ("connect", "answered"), ("bridge", "answered"), ("inprogress", "answered"), ("contest", "answered"), ("pickup", "answered"), ("talking", "answered"),
        ("complete", "completed"), ("finaliz", "completed"), ("hang", "ended"), ("hung", "ended"), ("ended", "ended"), ("end", "ended"), ("finish", "ended"), ("terminat", "ended"), ("colgad", "ended"),
        ("start", "started"), ("creat", "started"), ("new", "started"), ("init", "started"), ("incoming", "started"), ("inici", "started"), ("dial", "started"), ("offer", "started"),
    ];

    /// <summary>By field, the path it probably stands at; fields without a likely place are left out.</summary>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyList<ExamplePath> paths)
    {
        var left = paths.Where(path => !path.Path.EndsWith(']')).Select(path => (path.Path, Tails: TailsOf(path.Path))).ToList();
        var found = new Dictionary<string, string>();
        foreach (var (field, names) in Usual)
            foreach (var name in names)
            {
                var at = left.FindIndex(path => path.Tails.Contains(name));
                if (at < 0) continue;
                found[field] = left[at].Path;
                left.RemoveAt(at);
                break;
            }

        return found;
    }

    /// <summary>What their word for something that happened probably means, or null.</summary>
    public static string? Event(string theirs)
    {
        var plain = string.Concat(theirs.ToLowerInvariant().Where(letter => char.IsLetter(letter) || letter == '.'));
        var bare = plain.Replace(".", "", StringComparison.Ordinal);
        return Events.FirstOrDefault(usual => plain.Contains(usual.Contains, StringComparison.Ordinal) || bare.Contains(usual.Contains, StringComparison.Ordinal)).Ours;
    }

    static string[] TailsOf(string path)
    {
        var names = path.TrimStart('$').Split('.', StringSplitOptions.RemoveEmptyEntries)
            .Select(name => string.Concat(name.ToLowerInvariant().Where(char.IsLetterOrDigit))).ToArray();
        return names.Length > 1 ? [names[^1], $"{names[^2]}.{names[^1]}"] : names;
    }
}
