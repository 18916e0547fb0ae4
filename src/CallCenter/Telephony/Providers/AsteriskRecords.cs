using System.Globalization;
using System.Text;
using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>
/// What an Asterisk writes of its calls: <c>queue_log</c> (one line an event, whole seconds of UTC) and CDR as CSV (one row
/// an attempt, local times), also with a header, as a table of FreePBX, Issabel or VitalPBX is exported.
/// </summary>
/// <remarks>
/// Neither tells everything. CDR ties its rows by <c>linkedid</c>, names channels and so extensions, but says of a queue's
/// caller only that the queue answered. queue_log tells waiting, answer and giving up, but names members as people wrote
/// them; which extension a name is follows from the rows beside it. Several rows are one call; rows are never counted.
/// </remarks>
sealed partial class Asterisk : IRecordKeeper
{
    public IRecords ReadRecords(string connection, Settings settings) => new Records(connection, settings);

    sealed record QueueLine(DateTimeOffset At, string Call, string Queue, string Agent, string Event, string[] Data, string Raw)
    {
        public int Number(int i) => i < Data.Length && int.TryParse(Data[i], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Min(number, 86_400_000) : 0;
    }

    sealed record CdrRow(
        string Src, string Dst, string Context, string CallerId, string Channel, string DstChannel, string App, string Data,
        DateTimeOffset Start, DateTimeOffset? Answer, DateTimeOffset End, string Disposition, string Uniqueid, string Linkedid, string Did, string Raw)
    {
        public bool IsAnswered => Disposition == "ANSWERED" && Answer is not null;

        public bool IsAttempt => DstChannel.Length > 0 && App is "Dial" or "Queue";

        public string? Queue => App == "Queue" ? Data.Split(',')[0] : null;

        /// <summary>What the Dial application was given: whom, and for how long.</summary>
        public string[] DialParts => Data.Split(',');
    }

    sealed class RungTelephone(string leg, string who, LegRole role, DateTimeOffset rang, DateTimeOffset ended)
    {
        public string Leg => leg;

        public string Who { get; set; } = who;

        public LegRole Role => role;

        public DateTimeOffset Rang { get; set; } = rang;

        public DateTimeOffset Ended { get; set; } = ended;

        public DateTimeOffset? Answered { get; set; }

        public AttemptResult Result { get; set; } = AttemptResult.NotAnswered;
    }

    sealed class Records(string connection, Settings settings) : IRecords
    {
        const int LineMax = 64 * 1024;
        static readonly TimeSpan ZoneSlack = TimeSpan.FromMinutes(10);
        static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

        // Columns of cdr_csv as Asterisk writes it; older ones end sooner.
        static readonly string[] Columns =
        [
            "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end", "duration",
            "billsec", "disposition", "amaflags", "uniqueid", "userfield", "peeraccount", "linkedid", "sequence",
        ];

        readonly AsteriskState endpoints = new(connection, settings);
        readonly Dictionary<string, List<QueueLine>> lines = [];
        readonly Dictionary<string, List<CdrRow>> rows = [];
        readonly Dictionary<string, string> linked = [];
        readonly Dictionary<string, Dictionary<string, int>> names = [];
        readonly HashSet<string> read = []; // a file given twice, or rotated with an overlap, tells nothing new
        readonly List<TimeSpan> zoneErrors = [];

        public IReadOnlyCollection<CallKey> Keys => [.. lines.Keys.Select(id => linked.GetValueOrDefault(id, id)).Union(rows.Keys).Select(id => new CallKey(connection, id))];

        /// <summary>A channel's Uniqueid begins with the second of UTC in which it was made, whatever zone the CDR is written in.</summary>
        public string? Objection
        {
            get
            {
                if (zoneErrors.Count == 0) return null;
                zoneErrors.Sort();
                var usual = zoneErrors[zoneErrors.Count / 2];
                return usual.Duration() <= ZoneSlack ? null
                    : $"the times of the CDR are {Math.Abs(Math.Round(usual.TotalHours * 4) / 4).ToString(CultureInfo.InvariantCulture)} h {(usual > TimeSpan.Zero ? "ahead" : "behind")}; is time_zone of the connection the zone of the phone system (now {settings.TimeZone.Id})?";
            }
        }

        public (string Kind, int Lines) Read(TextReader text, Action<int, string> bad, CancellationToken stop)
        {
            var first = text.Peek();
            while (first is '\r' or '\n' or ' ' or '\uFEFF')
            {
                text.Read();
                first = text.Peek();
            }

            return first is >= '0' and <= '9' ? ("queue_log", ReadQueueLog(text, bad, stop)) : ("cdr", ReadCdr(text, bad, stop));
        }

        // ---- Reading ----

        int ReadQueueLog(TextReader text, Action<int, string> bad, CancellationToken stop)
        {
            var number = 0;
            while (text.ReadLine() is { } line)
            {
                stop.ThrowIfCancellationRequested();
                number++;
                if (line.Length == 0) continue;
                var parts = line.Length > LineMax ? [] : line.Split('|');
                if (parts.Length < 5 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var at) || at is < 100_000_000 or > 100_000_000_000)
                    bad(number, line.Length > LineMax ? "is too long" : "is not second|call|queue|member|event");
                else if (parts[1] is not ("NONE" or "MANAGER" or "REALTIME" or "") && IsOfCalls(parts[4]) && read.Add(line))
                    ListOf(lines, parts[1]).Add(new QueueLine(DateTimeOffset.FromUnixTimeSeconds(at), parts[1], parts[2], parts[3], parts[4], parts[5..], line));
            }

            return number;
        }

        static bool IsOfCalls(string name) => name is "ENTERQUEUE" or "CONNECT" or "ABANDON" or "COMPLETEAGENT" or "COMPLETECALLER" or "RINGNOANSWER" or "RINGCANCELED"
            or "BLINDTRANSFER" or "ATTENDEDTRANSFER" or "TRANSFER" or "FULL" or "JOINEMPTY" || name.StartsWith("EXIT", StringComparison.Ordinal);

        int ReadCdr(TextReader text, Action<int, string> bad, CancellationToken stop)
        {
            var number = 0;
            string[]? header = null;
            while (text.ReadLine() is { } line)
            {
                stop.ThrowIfCancellationRequested();
                number++;
                if (line.Length == 0) continue;
                if (line.Length > LineMax || FieldsOf(line) is not { } fields) bad(number, line.Length > LineMax ? "is too long" : "has a quote that is not closed, or text after one");
                else if (number == 1 && fields.Exists(field => field.Trim().Equals("uniqueid", StringComparison.OrdinalIgnoreCase)))
                    header = [.. fields.Select(field => field.Trim().ToLowerInvariant())];
                else if (TryRow(header ?? ColumnsOf(fields.Count), fields, line, out var row) is { } why) bad(number, why);
                else if (read.Add(line)) Keep(row!);
            }

            return number;
        }

        /// <summary>
        /// RFC 4180, a row a line: no field of a CDR holds a line break, so a damaged row cannot take its neighbours with it.
        /// </summary>
        static List<string>? FieldsOf(string line)
        {
            var fields = new List<string>(24);
            var field = new StringBuilder();
            for (var i = 0; ; i++)
            {
                if (i < line.Length && line[i] == '"')
                {
                    for (i++; ; i++)
                    {
                        if (i >= line.Length) return null;
                        if (line[i] != '"') field.Append(line[i]);
                        else if (i + 1 < line.Length && line[i + 1] == '"') field.Append(line[i++]);
                        else break;
                    }

                    i++;
                    if (i < line.Length && line[i] != ',') return null;
                }
                else
                {
                    while (i < line.Length && line[i] != ',') field.Append(line[i++]);
                }

                fields.Add(field.ToString());
                field.Clear();
                if (i >= line.Length) return fields;
            }
        }

        /// <summary>Without <c>loguniqueid</c> and <c>loguserfield</c> the columns after amaflags are fewer.</summary>
        static string[] ColumnsOf(int count) => count >= Columns.Length ? Columns : count >= 17 ? Columns[..count] : [];

        void Keep(CdrRow row)
        {
            ListOf(rows, row.Linkedid).Add(row);
            if (!linked.ContainsKey(row.Uniqueid) || row.Uniqueid == row.Linkedid) linked[row.Uniqueid] = row.Linkedid;
            if (EpochOf(row.Uniqueid) is { } made && !ListOf(rows, row.Linkedid).Exists(other => other != row && other.Uniqueid == row.Uniqueid))
                zoneErrors.Add(row.Start - made);
        }

        string? TryRow(string[] header, List<string> record, string raw, out CdrRow? row)
        {
            row = null;
            if (header.Length == 0 || record.Count < header.Length) return $"has {record.Count} columns; {Math.Max(header.Length, 17)} are needed, uniqueid among them";
            string Of(string name) => Array.IndexOf(header, name) is >= 0 and var i ? record[i].Trim() : "";

            var uniqueid = Of("uniqueid");
            if (uniqueid.Length == 0) return "has no uniqueid";
            var made = EpochOf(uniqueid);
            if (TimeOf(Of("start") is { Length: > 0 } given ? given : Of("calldate"), made) is not { } start) return "has no time of start, as 2026-11-23 15:50:30";
            var duration = int.TryParse(Of("duration"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;
            var talked = int.TryParse(Of("billsec"), NumberStyles.None, CultureInfo.InvariantCulture, out var bill) ? bill : 0;
            var disposition = Of("disposition").ToUpperInvariant();
            var end = TimeOf(Of("end"), made) ?? start.AddSeconds(Math.Clamp(duration, 0, 30 * 86_400));
            if (end < start) end = start; // the clock was put back
            var answer = TimeOf(Of("answer"), made) ?? (!header.Contains("answer") && disposition == "ANSWERED" ? end.AddSeconds(-Math.Min(talked, duration)) : null);

            var linkedid = Of("linkedid");
            row = new CdrRow(Of("src"), Of("dst"), Of("dcontext"), Of("clid"), Of("channel"), Of("dstchannel"), Of("lastapp"), Of("lastdata"),
                start, answer, end, disposition, uniqueid, linkedid.Length > 0 ? linkedid : uniqueid, Of("did"), raw);
            return row.Channel.Length == 0 ? "has no channel" : null;
        }

        /// <summary>Local time of the phone system. In the hour that comes twice the Uniqueid says which of both.</summary>
        DateTimeOffset? TimeOf(string text, DateTimeOffset? made)
        {
            if (!DateTime.TryParseExact(text, ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
                || local.Year < 1980) return null;
            var zone = settings.TimeZone;
            if (zone.IsInvalidTime(local)) local = local.AddHours(1);
            if (made is { } near && zone.IsAmbiguousTime(local))
                return zone.GetAmbiguousTimeOffsets(local).Select(offset => new DateTimeOffset(local, offset).ToUniversalTime())
                    .Where(at => at >= near - TimeSpan.FromSeconds(5)).DefaultIfEmpty(new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime()).Min();
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }

        /// <summary><c>1795449030.25</c>, with a <c>systemname</c> <c>pbx1-1795449030.25</c>.</summary>
        static DateTimeOffset? EpochOf(string uniqueid)
        {
            var start = uniqueid.LastIndexOf('-') + 1;
            var dot = uniqueid.IndexOf('.', start);
            return dot > start && long.TryParse(uniqueid.AsSpan(start, dot - start), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) && epoch is > 100_000_000 and < 100_000_000_000
                ? DateTimeOffset.FromUnixTimeSeconds(epoch)
                : null;
        }

        static List<T> ListOf<T>(Dictionary<string, List<T>> all, string key) => all.TryGetValue(key, out var list) ? list : all[key] = [];

        // ---- Whose name is whose extension ----

        public void Learn(CallKey call, IReadOnlyList<CallEvent> known)
        {
            foreach (var line in LinesOf(call.Id))
                if (line.Event == "CONNECT" && Call.Of(call, known) is { } told)
                    foreach (var attempt in told.Attempts)
                        if ((attempt.AnsweredAt - line.At)?.Duration() <= 2 * Second) Vote(line.Agent, attempt.Operator);
        }

        void LearnFromRows()
        {
            foreach (var (key, ofCall) in rows)
                foreach (var line in LinesOf(key))
                    if (line.Event == "CONNECT" && ofCall.Where(row => row.Queue is not null && row.IsAnswered && row.DstChannel.Length > 0
                            && row.Start <= line.At + Second && row.End >= line.At - Second).MinBy(row => (line.At - row.Start).Duration()) is { } row)
                        Vote(line.Agent, ExtensionOf(row.DstChannel));
        }

        void Vote(string name, string extension)
        {
            if (!names.TryGetValue(name, out var votes)) names[name] = votes = [];
            votes[extension] = votes.GetValueOrDefault(extension) + 1;
        }

        string WhoIs(string member) => names.TryGetValue(member, out var votes) ? votes.MaxBy(vote => vote.Value).Key
            : member.Contains('/') ? NumberOfInterface(member) ?? member
            : member;

        string ExtensionOf(string channel) => endpoints.KindOf(channel, null) is (LegKind.Extension or LegKind.Trunk, var number) ? number : NumberOfInterface(channel) ?? channel;

        List<QueueLine> LinesOf(string key) => ByCall.GetValueOrDefault(key) ?? [];

        Dictionary<string, List<QueueLine>>? byCall;

        /// <summary>Lines are filed under the channel that waited; the call is what that channel is linked to.</summary>
        Dictionary<string, List<QueueLine>> ByCall => byCall ??= lines.GroupBy(pair => linked.GetValueOrDefault(pair.Key, pair.Key))
            .ToDictionary(group => group.Key, group => group.SelectMany(pair => pair.Value).ToList());

        // ---- Calls ----

        public IEnumerable<RecordedCall> Calls()
        {
            LearnFromRows();
            return ByCall.Keys.Union(rows.Keys)
                .Select(key => (Key: key, Lines: ByCall.GetValueOrDefault(key) ?? [], Rows: rows.GetValueOrDefault(key) ?? []))
                .OrderBy(call => call.Rows.Count > 0 ? call.Rows.Min(row => row.Start) : call.Lines[0].At).ThenBy(call => call.Key, StringComparer.Ordinal)
                .Select(call => new Reading(this, new CallKey(connection, call.Key), call.Lines,
                    [.. call.Rows.OrderBy(row => row.Start).ThenBy(row => row.End)]).Result())
                .OfType<RecordedCall>();
        }

        /// <summary>One call, from all that was written of it.</summary>
        sealed class Reading(Records all, CallKey key, List<QueueLine> lines, List<CdrRow> rows)
        {
            readonly List<CallEvent> told = [];
            readonly HashSet<string> doubts = [];
            readonly Dictionary<string, RungTelephone> telephones = [];
            Direction direction;
            bool isAnswered;
            QueueExit? lastExit;

            public RecordedCall? Result()
            {
                var from = rows.Count > 0 ? rows[0].Start : lines[0].At;
                var until = rows.Count > 0 ? rows.Max(row => row.End) : lines[^1].At;
                if (!TryIntroduce(from)) return null;

                foreach (var row in rows.Where(row => row.IsAttempt)) Ring(row);
                if (lines.Count > 0) TellQueues();
                else TellQueuesOfRows();
                foreach (var telephone in telephones.Values) TellTelephone(telephone, until);
                var isOver = rows.Count > 0 || IsOverByQueueLog();
                if (isOver) Tell(new CallEnded(key, until, isAnswered ? EndCause.Normal : Cause(until)), 300_000);
                return new RecordedCall(key, from, until, isOver, told, string.Join('\n', lines.Select(line => line.Raw).Concat(rows.Select(row => row.Raw))), doubts);
            }

            void Tell(CallEvent happened, int order) => told.Add(happened with { Coarse = true, Order = order });

            bool TryIntroduce(DateTimeOffset at)
            {
                if (rows.Count == 0)
                {
                    var caller = lines.Find(line => line.Event == "ENTERQUEUE") is { Data: [_, var shown, ..] } ? shown : "";
                    var isInternal = all.endpoints.IsExtension(caller);
                    direction = isInternal ? Direction.Internal : Direction.Inbound;
                    doubts.Add("the number dialled (needs CDR)");
                    Tell(new CallStarted(key, at, direction, isInternal ? PhoneNumber.Internal(caller) : Settings.Number(caller), null, Operator: isInternal ? caller : null), 0);
                    return true;
                }

                var root = rows.Find(row => row.Uniqueid == key.Id && row.Dst != "h") ?? rows.Find(row => row.Uniqueid == key.Id) ?? rows[0];
                var (kind, number) = all.endpoints.KindOf(root.Channel, root.Context);
                if (kind == LegKind.Trunk)
                {
                    direction = Direction.Inbound;
                    // A menu's choice or a transfer writes over the number that was dialled.
                    var dialled = root.Did.Length > 0 ? root.Did
                        : rows.Where(row => row.Uniqueid == key.Id).Select(row => DialledDigits(row.Dst)).FirstOrDefault(dst => dst is not null && !all.endpoints.IsExtension(dst));
                    if (dialled is null) doubts.Add("the number dialled (the dial plan wrote over it)");
                    Tell(new CallStarted(key, at, direction, Settings.Number(root.Src), dialled is null ? null : Settings.Number(dialled), dialled, CallerName: NameIn(root.CallerId)), 0);
                    return true;
                }

                var placer = kind == LegKind.Extension ? number : all.ExtensionOf(root.Channel);
                var from = PhoneNumber.Internal(placer);
                var outside = rows.Find(row => row.App == "Dial" && row.DstChannel.Length > 0 && all.endpoints.KindOf(row.DstChannel, null).Kind == LegKind.Trunk);
                if (outside is not null || root.App == "AppDial2")
                {
                    direction = Direction.Outbound;
                    var who = outside is null ? null : SwitchState.NumberIn(outside.DialParts[0].Split('&')[0]);
                    if (who is null) doubts.Add("the number that click to call was to dial");
                    Tell(new CallStarted(key, at, direction, from, who is null ? null : Settings.Number(who) with { Raw = DialledDigits(root.Dst) ?? who },
                        outside is not null && outside.Src != placer ? outside.Src : null, placer), 0);
                    return true;
                }

                var isTried = rows.Exists(row => row.App is "Dial" or "Queue");
                // A number that nobody could be called on is a call that failed; codes and parking places are none.
                if (!isTried && (rows.Exists(row => row.IsAnswered) || root.Dst is not [>= '0' and <= '9' or '+', _, ..])) return false;
                direction = isTried || all.endpoints.IsExtension(root.Dst) ? Direction.Internal : Direction.Outbound;
                Tell(new CallStarted(key, at, direction, from, direction == Direction.Internal ? PhoneNumber.Internal(root.Dst) : Settings.Number(root.Dst), Operator: placer), 0);
                return true;
            }

            Settings Settings => all.endpoints.Settings;

            // ---- Telephones ----

            void Ring(CdrRow row)
            {
                var (kind, number) = all.endpoints.KindOf(row.DstChannel, null);
                if (kind == LegKind.Local)
                {
                    // The other half's row names the telephone, if it was written.
                    var pair = row.DstChannel[..^2];
                    if (rows.Exists(other => other.Channel.StartsWith(pair, StringComparison.Ordinal))) return;
                    number = all.ExtensionOf(row.DstChannel);
                }

                var role = kind == LegKind.Trunk ? LegRole.Outside : LegRole.Operator;
                var who = role == LegRole.Outside ? SwitchState.NumberIn(row.DialParts[0].Split('&')[0]) ?? number : number;
                if (!telephones.TryGetValue(row.DstChannel, out var telephone))
                    telephones[row.DstChannel] = telephone = new RungTelephone(RecordedCall.OwnLeg + row.DstChannel, who, role, row.Start, row.End);
                if (row.App == "Dial" && row.Channel.StartsWith("Local/", StringComparison.Ordinal)) telephone.Who = who; // knows what was dialled
                if (row.Start < telephone.Rang) telephone.Rang = row.Start;
                if (row.End > telephone.Ended) telephone.Ended = row.End;
                if (row.IsAnswered && (telephone.Answered is null || row.Answer < telephone.Answered))
                {
                    telephone.Answered = row.Answer < row.Start ? row.Start : row.Answer;
                    if (row.App == "Queue" && lines.Count == 0) doubts.Add("when a queue's call was answered (needs queue_log)");
                }

                telephone.Result = row.Disposition switch
                {
                    "ANSWERED" => AttemptResult.Answered,
                    "BUSY" => AttemptResult.Busy,
                    "FAILED" or "CONGESTION" => AttemptResult.Failed,
                    _ => CauseAfter(row) switch { EndCause.Busy => AttemptResult.Busy, EndCause.Failed => AttemptResult.Failed, _ => AttemptResult.NotAnswered },
                };
            }

            void TellTelephone(RungTelephone telephone, DateTimeOffset until)
            {
                isAnswered |= telephone.Answered is not null && (direction == Direction.Outbound ? telephone.Role == LegRole.Outside : telephone.Role != LegRole.Caller);
                var joined = lines.FindLastIndex(line => line.Event == "ENTERQUEUE" && line.At <= telephone.Rang);
                Tell(new AttemptStarted(key, telephone.Rang, telephone.Leg, telephone.Who, telephone.Role), (joined < 0 ? 0 : joined * 4) + 1);
                if (telephone.Answered is { } at)
                {
                    var connected = lines.FindIndex(line => line.Event == "CONNECT" && line.At == at);
                    Tell(new AttemptAnswered(key, at, telephone.Leg, telephone.Who, telephone.Role), connected < 0 ? 100_000 : connected * 4 + 2);
                }

                var result = telephone.Result;
                if (telephone.Answered is null && result is AttemptResult.NotAnswered or AttemptResult.Answered)
                    result = telephones.Values.Any(other => other != telephone && (other.Answered - telephone.Ended)?.Duration() <= Second) ? AttemptResult.AnsweredElsewhere
                        : telephone.Ended >= until && lastExit is null or QueueExit.Abandoned && Cause(until) == EndCause.Cancelled ? AttemptResult.Cancelled
                        : AttemptResult.NotAnswered;
                Tell(new AttemptEnded(key, telephone.Ended, telephone.Leg, result, telephone.Who, telephone.Role), 200_000);
            }

            // ---- Queues ----

            void TellQueues()
            {
                for (var i = 0; i < lines.Count; i++)
                {
                    var line = lines[i];
                    switch (line.Event)
                    {
                        case "ENTERQUEUE":
                            lastExit = null;
                            Tell(new QueueJoined(key, line.At, line.Queue), i * 4);
                            break;
                        case "CONNECT":
                            Connect(line);
                            Leave(i, QueueExit.Answered);
                            break;
                        case "ABANDON": Leave(i, QueueExit.Abandoned); break;
                        case "EXITWITHTIMEOUT": Leave(i, QueueExit.TimedOut); break;
                        case "EXITEMPTY" or "FULL" or "JOINEMPTY": Leave(i, QueueExit.Refused); break;
                        case "RINGNOANSWER": NoAnswer(line); break;
                        case "COMPLETEAGENT" or "COMPLETECALLER": EndOf(line); break;
                        case "BLINDTRANSFER" or "TRANSFER":
                            EndOf(line);
                            Tell(new Transferred(key, line.At, TransferKind.Blind, all.WhoIs(line.Agent), line.Data.FirstOrDefault()), i * 4 + 2);
                            break;
                        case "ATTENDEDTRANSFER":
                            EndOf(line);
                            var to = telephones.Values.FirstOrDefault(telephone => telephone.Who != all.WhoIs(line.Agent) && (telephone.Rang - line.At).Duration() <= Second)?.Who;
                            if (to is null) doubts.Add("to whom a call was passed on after asking");
                            Tell(new Transferred(key, line.At, TransferKind.Attended, all.WhoIs(line.Agent), to), i * 4 + 2);
                            break;
                        case var other when other.StartsWith("EXIT", StringComparison.Ordinal): Leave(i, QueueExit.Unknown); break;
                    }
                }
            }

            void Leave(int i, QueueExit exit)
            {
                lastExit = exit;
                Tell(new QueueLeft(key, lines[i].At, lines[i].Queue, exit), i * 4 + 3);
            }

            /// <summary>CONNECT(hold, the member's channel, ring): who answered and when; the rows only know who.</summary>
            void Connect(QueueLine line)
            {
                var telephone = Rung(line, telephone => telephone.Rang <= line.At + Second && telephone.Ended >= line.At - Second);
                if (telephone is null)
                {
                    var leg = RecordedCall.OwnLeg + (line.Data.Length > 1 ? line.Data[1] : $"{line.At.ToUnixTimeSeconds()}:{line.Agent}");
                    telephones[leg] = telephone = new RungTelephone(leg, all.WhoIs(line.Agent), LegRole.Operator, line.At, line.At) { Result = AttemptResult.Answered };
                }

                telephone.Answered = line.At;
                telephone.Result = AttemptResult.Answered;
                if (line.Data.Length > 2) telephone.Rang = line.At.AddSeconds(-line.Number(2));
                if (telephone.Ended < line.At) telephone.Ended = line.At;
            }

            void NoAnswer(QueueLine line)
            {
                if (Rung(line, telephone => telephone.Answered is null && (telephone.Ended - line.At).Duration() <= 2 * Second) is not null || rows.Exists(row => row.Queue is not null)) return;
                var leg = $"{RecordedCall.OwnLeg}{line.At.ToUnixTimeSeconds()}:{line.Agent}";
                telephones[leg] = new RungTelephone(leg, all.WhoIs(line.Agent), LegRole.Operator, line.At.AddMilliseconds(-line.Number(0)), line.At);
            }

            void EndOf(QueueLine line)
            {
                if (Rung(line, telephone => telephone.Answered is not null) is not { } telephone) return;
                if (line.Event is "BLINDTRANSFER" or "ATTENDEDTRANSFER" or "TRANSFER") telephone.Result = AttemptResult.TransferredOut;
                telephone.Ended = line.At;
            }

            RungTelephone? Rung(QueueLine line, Func<RungTelephone, bool> condition)
            {
                var who = all.WhoIs(line.Agent);
                return telephones.Values.LastOrDefault(telephone => telephone.Who == who && condition(telephone));
            }

            /// <summary>Without queue_log only the rows tell that there was a queue, and not how the caller left it.</summary>
            void TellQueuesOfRows()
            {
                string? before = null;
                foreach (var row in rows.Where(row => row.Queue is not null && row.Uniqueid == key.Id))
                {
                    if (row.Queue == before) continue;
                    if (before is not null) Tell(new QueueLeft(key, row.Start, before, QueueExit.Unknown), 2);
                    Tell(new QueueJoined(key, row.Start, row.Queue!), 3);
                    before = row.Queue;
                }

                if (before is not null) doubts.Add("how long a queue's caller waited (needs queue_log)");
            }

            // ---- The end ----

            bool IsOverByQueueLog()
            {
                if (lines[^1].Event is "BLINDTRANSFER" or "ATTENDEDTRANSFER" or "TRANSFER" || lines[^1].Event.StartsWith("EXIT", StringComparison.Ordinal))
                    doubts.Add("how a call went on after it left the queue (needs CDR)");
                return lines[^1].Event is not ("ENTERQUEUE" or "CONNECT" or "RINGNOANSWER" or "RINGCANCELED");
            }

            EndCause Cause(DateTimeOffset until)
            {
                if (lastExit is { } exit && rows.FindLast(row => row.App == "Dial" && row.Channel == rows[0].Channel && !row.Channel.StartsWith("Local/", StringComparison.Ordinal)) is null)
                    return exit switch
                    {
                        QueueExit.Abandoned => EndCause.Cancelled,
                        QueueExit.TimedOut or QueueExit.Refused => EndCause.NoAnswer,
                        _ => EndCause.Unknown,
                    };
                if (rows.FindLast(row => row.App == "Dial" || row.App == "AppDial2") is not { } last)
                {
                    if (rows.FindLast(row => row.Dst != "h" && row.Uniqueid == key.Id) is { App: "Hangup" or "Busy" or "Congestion" }) return EndCause.NoAnswer;
                    doubts.Add("whether a caller whom nobody was called for gave up or was let go");
                    return EndCause.Unknown;
                }

                if (last.App == "AppDial2") return EndCause.NoAnswer;
                if (last.Disposition == "BUSY") return EndCause.Busy;
                // A telephone of ours that is not registered is not rung at all: nobody answered. A network that fails is trouble.
                if (last.Disposition is "FAILED" or "CONGESTION") return direction != Direction.Outbound && last.DstChannel.Length == 0 ? EndCause.NoAnswer : EndCause.Failed;
                if (CauseAfter(last) is { } cause) return cause;
                // The dial plan went no further: the caller was gone, or the time to ring was over and nothing follows.
                var mayRing = last.DialParts.Length > 1 && int.TryParse(last.DialParts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : int.MaxValue;
                doubts.Add("whether who called gave up or nobody answered (judged by how long it rang)");
                return (last.End - last.Start).TotalSeconds >= mayRing - 1 ? EndCause.NoAnswer : EndCause.Cancelled;
            }

            /// <summary>What the dial plan did next with the same channel tells what it had been told.</summary>
            EndCause? CauseAfter(CdrRow row)
            {
                var next = rows.Find(other => other.Channel == row.Channel && other != row && other.Dst != "h" && other.App is not ("Dial" or "Queue") && other.Start >= row.End);
                return (next?.App, next?.Data) switch
                {
                    (null, _) => null,
                    ("Busy", _) or ("Hangup", "17") => EndCause.Busy,
                    ("Hangup", "21") => row.DstChannel.Length > 0 && all.endpoints.KindOf(row.DstChannel, null).Kind == LegKind.Trunk ? EndCause.Failed : EndCause.NoAnswer,
                    ("Congestion", _) or ("Hangup", "1" or "3" or "22" or "27" or "28" or "34" or "38" or "41" or "42") => EndCause.Failed,
                    _ => EndCause.NoAnswer,
                };
            }

            /// <summary><c>"José Ñañez" &lt;0012…&gt;</c></summary>
            static string? NameIn(string callerId) => callerId.IndexOf('"') is >= 0 and var open && callerId.IndexOf('"', open + 1) is > 0 and var close && close > open + 1
                ? callerId[(open + 1)..close]
                : null;
        }
    }
}
