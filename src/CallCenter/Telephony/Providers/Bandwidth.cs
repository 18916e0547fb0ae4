using System.Globalization;
using System.Security;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Routing;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Bandwidth Voice: callbacks about a call and the telephones it is transferred to.</summary>
/// <remarks>
/// A telephone that <c>&lt;Transfer&gt;</c> rings is a leg of its own that names its parent. That a caller hung up ends a talk as
/// well as his patience, so it counts together with whether anybody had answered. Nothing is signed; a name and a password
/// go with each callback. What is asked of Bandwidth goes with the name and the password of a user there, which are others; where
/// the next page of its list is stands in a header.
/// A call that is placed from here takes no instructions with it: the number waits in its tag, which comes back with what is told of it.
/// https://dev.bandwidth.com/docs/voice/webhooks/, https://dev.bandwidth.com/apis/voice/#tag/Calls, https://dev.bandwidth.com/docs/voice/bxml/transfer
/// </remarks>
sealed class Bandwidth : IWebhookProvider, IHasCallLog, ICanHangUp
{
    const string ApiHost = "voice.bandwidth.com", UserUsual = "callcenter";

    /// <summary>What a tag of ours begins with; the number to dial when the operator picks up follows.</summary>
    const string Wanted = "dial:";

    /// <summary>Legs at a time, and of one question altogether.</summary>
    const int PageSize = 1000, ToldMax = 10_000;

    public ProviderInfo Info { get; } = new("bandwidth", "Bandwidth",
        new("password", Secret: true, Required: true, Generated: true), new("username", Default: UserUsual), new("country"), new("lines"), new("people"),
        new("account_id"), new("api_user"), SettingInfo.Credential("api_password"), Control.Switch, new("application_id"), new("dial_caller_id"), new("dial_telephone"), new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "name and password",
        Tells = Tells.Progress | Tells.Operators | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => "Authorization";

    public bool IsAuthentic(Arrival arrival, Settings settings) => Signature.ByAnySecret(settings, "password", password =>
        Signature.IsBasic(arrival.Header("Authorization"), User(settings), password));

    static string User(Settings settings) => settings["username"] is { Length: > 0 } name ? name : UserUsual;

    /// <summary>Where it asks what to do next: nothing of ours, unless for a call that is placed from here.</summary>
    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => new(200, "application/xml", DialFor(arrival, settings) is { } dial ? $"<Response>{dial}</Response>" : "<Response/>");

    // ---- Control ----

    public IReadOnlyList<string> ControlNeeds { get; } = ["account_id", "api_user", "api_password", "application_id"];

    public DialString Telephone(string name, Settings settings) => Control.Telephone(name, settings);

    /// <remarks>The operator's leg is the call. Who picked up asks at our address, with the name and the password that prove whatever Bandwidth sends.</remarks>
    public Order Place(Dialling wish, Settings settings)
    {
        var news = (wish.News ?? throw new Refusal(RefusalKind.Conflict, "control.no-address")).AbsoluteUri;
        return Tell("", new
        {
            from = Control.CallerId(settings),
            to = wish.Telephone.Text,
            applicationId = CloudAddress.Part(settings, "application_id"),
            answerUrl = news,
            disconnectUrl = news,
            username = User(settings),
            password = settings["password"],
            callTimeout = Control.RingSeconds,
            tag = Wanted + Control.International(wish.Number, settings),
        }, settings);
    }

    /// <remarks>Each leg is a call of its own there; that of who calls out names the call.</remarks>
    public Order HangUp(DialString leg, Settings settings) => Tell($"/{Uri.EscapeDataString(leg.Text)}", new { state = "completed" }, settings);

    static WebOrder Tell(string path, object body, Settings settings) => new(
        new CloudRequest(HttpMethod.Post, CloudAddress.With(CloudAddress.Of(settings, ApiHost), $"/api/v2/accounts/{CloudAddress.Part(settings, "account_id")}/calls{path}")) { ContentType = "application/json", Body = JsonSerializer.Serialize(body) }
            .WithBasic(settings["api_user"], settings["api_password"]),
        (status, answer) => CloudDoor.FateOf(status, answer, told => told.Text("callId")));

    /// <summary>The operator whom we had rung picked up; null for anything else that is told.</summary>
    static string? DialFor(Arrival arrival, Settings settings)
    {
        var told = JsonPart.Of(arrival);
        if (told.Word("eventType") != "answer" || told.Word("direction") != "outbound" || told.Text("parentCallId") is not null || WantedIn(told) is not { } number || !Control.IsOn(settings)) return null;
        try
        {
            var (address, proof) = (SecurityElement.Escape(RoutingQuestion.Plain(arrival.Url)), $"username=\"{SecurityElement.Escape(User(settings))}\" password=\"{SecurityElement.Escape(settings["password"])}\"");
            return $"<Transfer transferCallerId=\"{Control.CallerId(settings)}\" callTimeout=\"{Control.RingSeconds}\"><PhoneNumber transferAnswerUrl=\"{address}\" transferDisconnectUrl=\"{address}\" {proof} tag=\"{Wanted}{number}\">{DialString.Number(number)}</PhoneNumber></Transfer>";
        }
        catch (Refusal)
        {
            return null; // a setting was changed meanwhile; his telephone is hung up
        }
    }

    /// <summary>Whom the operator wants whom we had rung; null for any other call.</summary>
    static string? WantedIn(JsonPart told) => told.Text("tag") is { } tag && tag.StartsWith(Wanted, StringComparison.Ordinal) && DialString.IsNumber(tag[Wanted.Length..]) ? tag[Wanted.Length..] : null;

    // ---- Events ----

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var several = body.Items.ToList();
        return several.Count > 0 ? Translation.Together(several.Select(one => Understand(one, arrival, settings))) : Understand(body, arrival, settings);
    }

    // ---- Call log ----

    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromHours(6), "account_id", "api_user", "api_password");

    /// <remarks>Both ends are in it.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) =>
    [
        InOurName(CloudAddress.With(CloudAddress.Of(settings, ApiHost), $"/api/v2/accounts/{CloudAddress.Part(settings, "account_id")}/calls",
            ("minStartTime", Written(window.From)), ("maxStartTime", Written(window.Until)), ("pageSize", $"{PageSize}")), told: 0, settings),
    ];

    static CloudRequest InOurName(Uri address, int told, Settings settings) => CloudRequest.Get(address).WithBasic(settings["api_user"], settings["api_password"]) with { Note = $"{told}" };

    /// <remarks>So many are told at most that there may be more when there are as many.</remarks>
    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page.IsList) throw new UnreadableException("it is no list of calls");
        var legs = page.Items.ToList();
        var told = int.Parse(asked.Note, CultureInfo.InvariantCulture) + legs.Count;
        if (answer.Next is null && told >= ToldMax) return LogPage.TooMany;
        return new LogPage([.. legs.Select(leg => new LogRecord(leg.Raw, IsOver(leg) ? null : Began(leg) ?? leg.Instant("lastUpdate")))],
            answer.Next is { } next ? [InOurName(CloudAddress.Next(asked.Address, next), told, settings)] : []);
    }

    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var told = JsonPart.Of(record);
        var (id, cause, began) = (told.Needed("callId"), told.Word("disconnectCause"), Began(told) ?? throw new UnreadableException("startTime is missing"));
        var call = new CallKey(record.Connection, told.Text("parentCallId") ?? id);
        LegNews Leg(DateTimeOffset at) => LegOf(told, call, id, at, settings);
        var (over, (result, why)) = (Leg(told.Instant("endTime") ?? told.Instant("lastUpdate") ?? began), EndOf(cause));
        CallEvent[] answered = told.Instant("answerTime") is { } at ? [Leg(at).Answers()] : [];
        return Translation.Understood(
            call.Id != id ? [.. answered, over.Stops(result)]
            : told.Word("direction") == "outbound" ? [Leg(began).WentOut(), .. answered, over.Stops(result), over.Ends(why, cause)]
            : [Leg(began).CameIn(), over.Ends(why, cause)]).GivingWay();
    }

    static bool IsOver(JsonPart leg) => leg["endTime"].IsThere || leg.Word("state") == "disconnected";

    static DateTimeOffset? Began(JsonPart told) => told.Instant("startTime") ?? told.Instant("enqueuedTime");

    static string Written(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // ---- News ----

    static LegNews LegOf(JsonPart told, CallKey call, string id, DateTimeOffset at, Settings settings) =>
        new(call, id, at, told.Text("from") ?? "", call.Id != id ? told.Text("transferTo") ?? told.Text("to") : told.Text("to"), settings);

    static Translation Understand(JsonPart told, Arrival arrival, Settings settings)
    {
        var type = told.Word("eventType");
        var leg = told.Needed("callId");
        var call = new CallKey(arrival.Connection, told.Text("parentCallId") ?? leg);
        var isChild = call.Id != leg;
        var at = told.Instant("eventTime") ?? arrival.ReceivedAt;
        LegNews Leg(DateTimeOffset when) => LegOf(told, call, leg, when, settings);
        var isOut = told.Word("direction") == "outbound";
        var start = Leg(Began(told) ?? at);
        // Whom he wanted is the customer's side of a call that is placed from here; of other telephones the first leg says whose call it is.
        CallEvent[] began = !isChild ? [isOut ? start.WentOut() : start.CameIn()] : WantedIn(told) is not null ? [start.WentOut() with { Leg = null }] : [];
        switch (type)
        {
            case "initiate":
                return Translation.Understood(began);
            case "answer" when isOut:
                return Translation.Understood([.. began, Leg(at).Answers()]);
            case "transferanswer":
                return Translation.Understood([.. began, Leg(told.Instant("answerTime") ?? at).Answers()]);
            case "transferdisconnect":
                return Translation.Understood([.. began, Leg(told.Instant("endTime") ?? at).Stops(EndOf(told.Word("cause")).Result)]);
            case "disconnect":
                var (result, cause) = EndOf(told.Word("cause"));
                var over = Leg(told.Instant("endTime") ?? at);
                var raw = told.Text("cause") ?? "";
                if (isChild) return over.Stops(result);
                if (!isOut) return Translation.Understood([.. began, over.Ends(cause, raw)]);
                var answered = told.Instant("answerTime") is { } picked ? [Leg(picked).Answers() with { Coarse = true }] : Array.Empty<CallEvent>();
                return Translation.Understood([.. began, .. answered, over.Stops(result), over.Ends(cause, raw)]);
            case "recordingavailable":
                return told.Address("mediaUrl") is { } recording
                    ? new RecordingMade(call, told.Instant("endTime") ?? at, recording) { ToldAs = $"recording:{told.Text("recordingId")}" }
                    : Translation.Ignored("a recording without a name") with { About = call.Id };
            case "answer" or "redirect" or "transfercomplete" or "bridgecomplete" or "bridgetargetcomplete" or "gather" or "dtmf" or "machinedetectioncomplete" or "recordcomplete"
                or "transcriptionavailable" or "conferencecreated" or "conferencememberjoin" or "conferencememberexit" or "conferencecompleted":
                return Translation.Ignored($"{type} says nothing of who talks to whom") with { About = call.Id };
            default:
                return Translation.Unreadable(type.Length == 0 ? "eventType is missing" : $"event '{type}' is unknown");
        }
    }

    static (AttemptResult Result, EndCause Cause) EndOf(string cause) => cause switch
    {
        "hangup" or "cancel" => (AttemptResult.Cancelled, EndCause.Cancelled),
        "timeout" => (AttemptResult.NotAnswered, EndCause.NoAnswer),
        "busy" => (AttemptResult.Busy, EndCause.Busy),
        "rejected" => (AttemptResult.Declined, EndCause.NoAnswer),
        _ => (AttemptResult.Failed, EndCause.Failed),
    };
}
