using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Zoom Phone events: what the called and the calling Zoom users see of a call, each signed.</summary>
/// <remarks>
/// Every member of a queue that rings is told apart, and each that does not pick up "misses" the call, which goes on while others
/// ring: so their news is a presumed end. That a caller waits in a queue is told only by the first telephone that rings; the
/// call's elements, sent when it is over, know how long. Times are whole seconds. Zoom repeats for an hour and a half.
/// The answer to its challenge proves that we know the secret.
/// The history is asked for by days and lists calls that are over; the elements of each have to be asked for one by one.
/// https://developers.zoom.us/docs/api/phone/events/, https://developers.zoom.us/docs/api/webhooks/,
/// https://developers.zoom.us/docs/api/phone/#tag/call-logs, https://developers.zoom.us/docs/internal-apps/s2s-oauth/
/// </remarks>
sealed class ZoomPhone : IWebhookProvider, IHasCallLog, IHandsOutTokens
{
    const string ApiHost = "api.zoom.us";

    const string Header = "x-zm-signature", TimeHeader = "x-zm-request-timestamp", Challenge = "endpoint.url_validation";

    public ProviderInfo Info { get; } = new("zoom-phone", "Zoom Phone",
        new("secret_token", Secret: true, Required: true), new("country"), new("people"), new("queues"),
        new("account_id"), new("client_id"), SettingInfo.Credential("client_secret"), new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "HMAC-SHA256 of time and body",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Parking | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings)
    {
        if (!Signature.IsNear(arrival, arrival.Header(TimeHeader)) || arrival.Header(Header) is not ['v', '0', '=', .. var given]) return false;
        byte[] signed = [.. Encoding.ASCII.GetBytes($"v0:{arrival.Header(TimeHeader)}:"), .. arrival.Body.Span];
        return Signature.ByAnySecret(settings, "secret_token", secret => Signature.IsHmacSha256(given, secret, signed));
    }

    public WebhookReply? ReplyTo(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        if (body.Text("event") != Challenge || body["payload"].Text("plainToken") is not { } token) return null;
        var proof = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(settings["secret_token"]), Encoding.UTF8.GetBytes(token)));
        return new(200, "application/json", JsonSerializer.Serialize(new { plainToken = token, encryptedToken = proof }));
    }

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var happened = body.Needed("event");
        if (happened == Challenge) return Translation.Ignored("the phone system made sure that somebody is here");
        if (!happened.StartsWith("phone.", StringComparison.Ordinal)) return Translation.Ignored($"{happened} is not about calls");
        happened = happened["phone.".Length..];
        var told = body["payload"]["object"];
        if (happened == "recording_completed") return Recordings(told, arrival);
        if (happened.Contains("call_element_completed", StringComparison.Ordinal) || happened.Contains("call_history_completed", StringComparison.Ordinal) || happened.Contains("call_log_completed", StringComparison.Ordinal))
            return Translation.Together([.. new[] { "call_elements", "call_logs" }.SelectMany(name => told[name].Items).Select(item => new Element(item, arrival, settings).Translate())]);
        var sent = body.Instant("event_ts") ?? arrival.ReceivedAt;
        return new News(happened, told, arrival, sent, settings).Translate();
    }

    // ---- Call log ----

    /// <remarks>A question for each call: a stretch is short enough for them to have an end.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromHours(6), "account_id", "client_id", "client_secret") { Overlap = TimeSpan.FromHours(4) };

    public CloudRequest AskForToken(Settings settings) => CloudRequest.Post(CloudAddress.With(CloudAddress.Beside(CloudAddress.Of(settings, ApiHost), ""), "/oauth/token"),
        [new("grant_type", "account_credentials"), new("account_id", settings["account_id"])]).WithBasic(settings["client_id"], settings["client_secret"]);

    /// <remarks>In whose zone its days begin is not established.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) =>
    [
        CloudRequest.Get(CloudAddress.With(CloudAddress.Of(settings, ApiHost), "/v2/phone/call_history", ("from", Day(window.InAnyZone().From)), ("to", Day(window.InAnyZone().Until)), ("page_size", "300"))) with
        { WantsToken = true, Note = window.Note },
    ];

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!asked.Address.AbsolutePath.EndsWith("/call_history", StringComparison.Ordinal)) return new LogPage([new LogRecord(page.Raw)]);
        var calls = page["call_history"].IsThere ? page["call_history"] : page["call_logs"];
        if (!calls.IsThere) throw new UnreadableException("call_history is missing");
        var (query, window, api) = (Form.OfQuery(asked.Address.Query), LogWindow.Of(asked), new Uri(asked.Address, "/"));
        var found = calls.Items.Where(call => window.Holds(call.Instant("start_time"))).Select(call => (Call: call, Id: call.Text("call_history_uuid") ?? call.Text("call_path_id") ?? call.Text("id"))).ToList();
        var elements = found.Where(call => call.Id is not null).Select(call => asked with { Address = new Uri(api, $"/v2/phone/call_history/{Uri.EscapeDataString(call.Id!)}") });
        // One without an id has nothing more to tell.
        var alone = found.Where(call => call.Id is null).Select(call => new LogRecord(call.Call.Raw)).ToList();
        // The token of the next page holds for a quarter of an hour, so that is asked for before the calls of this one.
        return new LogPage(alone, page.Address("next_page_token") is { } token
            ? [asked with { Address = CloudAddress.With(api, asked.Address.AbsolutePath, ("from", query["from"]), ("to", query["to"]), ("page_size", query["page_size"]), ("next_page_token", token)) }, .. elements]
            : [.. elements]);
    }

    /// <remarks>Only its first element says who called whom: the others are steps of the same call.</remarks>
    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var call = JsonPart.Of(record);
        var steps = (call["call_elements"].IsThere ? call["call_elements"] : call["call_path"]).Items.DefaultIfEmpty(call);
        var told = Translation.Together([.. steps.Select(step => new Element(step, record, settings, call.Text("call_id")).Translate())]).GivingWay();
        var start = told.Events.OfType<CallStarted>().MinBy(started => started.At);
        return told with { Events = [.. told.Events.Where(happened => happened is not CallStarted || happened == start)] };
    }

    static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    // ---- News ----

    static Translation Recordings(JsonPart told, Arrival arrival) => Translation.Together([.. told["recordings"].Items.Select(recording =>
        recording.Text("call_id") is { } call && recording.Address("download_url") is { } address
            ? new RecordingMade(new CallKey(arrival.Connection, call), recording.Instant("end_time") ?? recording.Instant("date_time") ?? arrival.ReceivedAt, address) { ToldAs = $"recording:{recording.Text("id")}" }
            : Translation.Ignored("a recording without a call"))]);

    /// <summary>A name that people know, else the extension, else the id.</summary>
    static string NameOf(JsonPart party, Settings settings) =>
        party.Text("user_id") is { } id && settings.Person(id) is var named && named != id ? named
        : party.Text("name") ?? party.Text("extension_number") ?? party.Text("user_id") ?? "";

    /// <summary>One event about one user's part in the call.</summary>
    sealed class News(string happened, JsonPart told, Arrival arrival, DateTimeOffset sent, Settings settings)
    {
        readonly CallKey call = new(arrival.Connection, told.Needed("call_id"));
        readonly bool isCaller = happened.StartsWith("caller_", StringComparison.Ordinal);

        JsonPart Caller => told["caller"];

        JsonPart Callee => told["callee"];

        static bool IsUser(JsonPart party) => party.Text("extension_number") is not null || party.Text("user_id") is not null;

        string Leg => (isCaller ? Caller : Callee) is var party ? party.Text("user_id") ?? party.Text("extension_id") ?? party.Text("extension_number") ?? "?" : "?";

        DateTimeOffset Rang => told.Instant("ringing_start_time") ?? sent;

        DateTimeOffset Ended => told.Instant("call_end_time") ?? sent;

        DateTimeOffset Now => told.Instant("date_time") ?? sent;

        string Result => told.Text("handup_result") ?? told.Text("hangup_result") ?? "";

        public Translation Translate()
        {
            List<CallEvent>? events = happened switch
            {
                "callee_ringing" => [Started(Rang), .. Waits(), Rings()],
                "callee_answered" => [Started(Rang), .. Waits(), .. Rang < sent ? [Rings()] : Array.Empty<CallEvent>(), Answers(told.Instant("answer_start_time") ?? sent)],
                "callee_missed" or "callee_rejected" => [Started(Rang), .. Waits(), Rings(), new AttemptEnded(call, Ended, Leg, ResultOf()), Gone()],
                "callee_ended" =>
                [
                    Started(Rang), .. told.Instant("answer_start_time") is { } at ? [Answers(at)] : Array.Empty<CallEvent>(),
                    new AttemptEnded(call, Ended, Leg, AttemptResult.Answered), Gone(),
                ],
                "caller_ringing" => [Started(Rang), Dials()],
                "caller_connected" => [Started(Rang), Answers(told.Instant("connected_start_time") ?? told.Instant("answer_start_time") ?? sent)],
                "caller_ended" => [Started(Rang), .. (told.Instant("answer_start_time") ?? told.Instant("connected_start_time")) is { } at ? [Answers(at)] : Array.Empty<CallEvent>(), FarGone(), Gone()],
                "callee_hold" or "caller_hold" => [new HoldStarted(call, Now, Holder)],
                "callee_unhold" or "caller_unhold" => [new HoldEnded(call, Now, Holder)],
                "callee_parked" or "caller_parked" => [new Parked(call, Now, told.Text("park_code"), NameOf(isCaller ? Caller : Callee, settings))],
                "blind_transfer_initiated" => [Passed(TransferKind.Blind)],
                "warm_transfer_completed" => [Passed(TransferKind.Attended)],
                "transfer_call_to_voicemail_initiated" => [Passed(TransferKind.Blind)],
                "voicemail_received" or "voicemail_received_for_access_member" => Voicemail(),
                "warm_transfer_initiated" or "warm_transfer_accepted" or "warm_transfer_cancelled" or "transfer_recipient_updated" or "recording_started"
                    or "recording_stopped" or "callee_mute" or "callee_unmute" or "caller_mute" or "caller_unmute" or "callee_meeting_inviting" or "caller_meeting_inviting" => [],
                _ => null,
            };
            return events is null ? Translation.Unreadable($"event '{Arrival.Clean(happened, 60)}' is unknown")
                : events.Count > 0 ? Translation.Understood(events)
                : Translation.Ignored($"{happened} says nothing of who talks to whom") with { About = call.Id };
        }

        /// <summary>A call between two Zoom users is told twice, once by each.</summary>
        CallStarted Started(DateTimeOffset at)
        {
            var direction = IsUser(Caller) && IsUser(Callee) && IsInside(Caller) && IsInside(Callee) ? Direction.Internal : isCaller ? Direction.Outbound : Direction.Inbound;
            var caller = NameOf(Caller, settings);
            PhoneNumber? Party(JsonPart party) => direction == Direction.Internal ? PhoneNumber.Internal(party.Text("extension_number") ?? NameOf(party, settings))
                : party.Text("phone_number") is { } number ? settings.Number(number) : IsUser(party) ? PhoneNumber.Internal(party.Text("extension_number") ?? NameOf(party, settings)) : settings.Number("");
            var (from, to) = (Party(Caller), Party(Callee));
            var line = direction == Direction.Inbound ? told["redirect_forwarded_by"].Text("phone_number") is { } main ? settings.Number(main) : to : direction == Direction.Outbound ? from : null;
            return new(call, at, direction, from, to, line?.E164, direction == Direction.Inbound ? null : caller, direction == Direction.Inbound ? Caller.Text("name") : null);
        }

        /// <summary>Two users of one company see each other's extension; who is outside shows at most a number.</summary>
        static bool IsInside(JsonPart party) => party.Word("connection_type") is not ("pstn_off_net" or "contact_center");

        IEnumerable<CallEvent> Waits()
        {
            var by = told["forwarded_by"];
            if (by.Word("extension_type") != "callqueue" || (by.Text("name") ?? by.Text("extension_number")) is not { } name) return [];
            var queue = by.Text("extension_number") is { } number ? settings.Queue(number) ?? name : name;
            return [new QueueJoined(call, Rang, queue) { ToldAs = $"queue:{queue}" }];
        }

        AttemptStarted Rings() => new(call, Rang, Leg, NameOf(Callee, settings));

        AttemptStarted Dials() => new(call, Rang, FarLeg, FarEnd, FarRole);

        string FarEnd => Callee.Text("phone_number") is { } number && !IsUser(Callee) ? settings.Number(number) is var far ? far.E164 ?? far.Raw : number : NameOf(Callee, settings);

        LegRole FarRole => IsUser(Callee) && IsInside(Callee) ? LegRole.Operator : LegRole.Outside;

        AttemptAnswered Answers(DateTimeOffset at) => isCaller
            ? new(call, at, FarLeg, FarEnd, FarRole)
            : new(call, at, Leg, NameOf(Callee, settings), LegRole.Operator);

        /// <summary>Who places a call has no attempt of his own, so his holding is that of the leg he talks on.</summary>
        string Holder => isCaller ? "caller" : Leg;

        AttemptResult ResultOf() => happened == "callee_rejected" ? AttemptResult.Declined
            : Result.Contains("other", StringComparison.OrdinalIgnoreCase) ? AttemptResult.AnsweredElsewhere
            : Result.Contains("cancel", StringComparison.OrdinalIgnoreCase) ? AttemptResult.Cancelled
            : Result.Contains("busy", StringComparison.OrdinalIgnoreCase) ? AttemptResult.Busy
            : AttemptResult.NotAnswered;

        EndCause CauseOf() => happened == "callee_ended" || told.Instant("answer_start_time") is not null ? EndCause.Normal
            : Result.Contains("other", StringComparison.OrdinalIgnoreCase) ? EndCause.Unknown
            : Result.Contains("cancel", StringComparison.OrdinalIgnoreCase) ? EndCause.Cancelled
            : Result.Contains("busy", StringComparison.OrdinalIgnoreCase) ? EndCause.Busy
            : Result.Contains("fail", StringComparison.OrdinalIgnoreCase) ? EndCause.Failed
            : EndCause.NoAnswer;

        CallEnded Gone() => new(call, Ended, CauseOf(), Result.Length > 0 ? Result : happened) { Presumed = true };

        /// <summary>The customer's side ends with the caller's, unless the caller passed him on: then others go on with him.</summary>
        AttemptEnded FarGone() => new(call, Ended, FarLeg, told.Instant("answer_start_time") is not null ? AttemptResult.Answered : ResultOf());

        string FarLeg => IsUser(Callee) && IsInside(Callee) ? Callee.Text("user_id") ?? "far" : "far";

        Transferred Passed(TransferKind kind)
        {
            var to = told.Text("transfer_phone_number") ?? told.Text("transfer_to") ?? (told["recipient"] is { IsObject: true } recipient ? NameOf(recipient, settings) : null);
            var by = told["transfer_by"] is { IsObject: true } person ? NameOf(person, settings) : told["owner"] is { IsObject: true } owner ? NameOf(owner, settings)
                : Callee.IsObject ? NameOf(Callee, settings) : null;
            return new(call, Now, kind, by, to);
        }

        List<CallEvent> Voicemail() => [new VoicemailLeft(call, Now) { ToldAs = "voicemail" }];
    }

    /// <summary>A step of the call as it is written down when it is over.</summary>
    /// <param name="of">The call it is a step of, where it does not say so itself.</param>
    sealed class Element(JsonPart told, Arrival arrival, Settings settings, string? of = null)
    {
        public Translation Translate()
        {
            var call = new CallKey(arrival.Connection, told.Text("call_id") ?? of ?? told.Needed("call_id"));
            var started = told.Instant("start_time") ?? throw new UnreadableException("start_time is missing");
            var end = told.Instant("end_time") ?? started;
            var direction = told.Word("connect_type") == "internal" ? Direction.Internal
                : told.Word("direction") switch { "inbound" => Direction.Inbound, "outbound" => Direction.Outbound, _ => Direction.Unknown };
            var (from, to) = (Party("caller", direction), Party("callee", direction));
            var events = new List<CallEvent>
            {
                new CallStarted(call, started, direction, from, to, direction == Direction.Inbound ? to?.E164 : direction == Direction.Outbound ? from?.E164 : null,
                    direction is Direction.Outbound or Direction.Internal ? told.Text("caller_name") ?? told.Text("caller_ext_number") : null) { Coarse = true },
            };
            var result = told["result"].IsThere ? told.Word("result") : told.Word("call_result");
            var isAnswered = result is "answered" or "accepted" or "picked_up" or "connected" or "succeeded";
            var isPerson = told.Word("callee_ext_type") is "user" or "common_area" or "commonarea" or "";
            if (told.Number("wait_time") is > 0 and < 86_400 and var waited && told.Word("callee_ext_type") is "call_queue" or "callqueue" && told.Text("callee_name") is { } queue)
                events.Add(new QueueJoined(call, end.AddSeconds(-waited), queue) { Coarse = true });
            if (isAnswered && isPerson && told.Instant("answer_time") is { } answered)
                events.Add(new AttemptAnswered(call, answered, "", direction == Direction.Outbound ? to?.E164 : told.Text("callee_name") ?? told.Text("callee_ext_number"),
                    direction == Direction.Outbound ? LegRole.Outside : LegRole.Operator)
                { Coarse = true });
            if (isAnswered && isPerson) events.Add(new AttemptEnded(call, end, "", AttemptResult.Answered) { Coarse = true });
            if (result == "voicemail") events.Add(new VoicemailLeft(call, end) { ToldAs = "voicemail" });
            events.Add(new CallEnded(call, end, CauseOf(result), result) { Presumed = true });
            return Translation.Understood(events);
        }

        PhoneNumber? Party(string side, Direction direction) => direction == Direction.Internal
            ? told.Text($"{side}_ext_number") is { } extension ? PhoneNumber.Internal(extension) : null
            : told.Text($"{side}_did_number") is { } number ? settings.Number(number) : told.Text($"{side}_ext_number") is { } inside ? PhoneNumber.Internal(inside) : null;

        static EndCause CauseOf(string result) => result switch
        {
            "canceled" or "abandoned" or "hang_up" => EndCause.Cancelled,
            "rejected" or "ring_timeout" or "no_answer" or "voicemail" => EndCause.NoAnswer,
            "busy" => EndCause.Busy,
            "call_failed" or "unconnected" or "system_blocked" or "service_unavailable" or "invalid_key" or "invalid_operation" => EndCause.Failed,
            _ => EndCause.Unknown,
        };
    }
}
