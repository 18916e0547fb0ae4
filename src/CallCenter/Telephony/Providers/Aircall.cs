using System.Globalization;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Aircall webhooks: one object, the call, sent whole with each thing that happens to it.</summary>
/// <remarks>
/// Nothing is signed: each webhook has a token that stands in every body. <c>status: done</c> says nothing of how it went;
/// <c>answered_at</c> and <c>missed_call_reason</c> do. The end comes twice, at once and half a minute later with what was not
/// final. There are no queues: callers wait on the line they rang, under its name. Calls between colleagues are not told. After
/// ten failed deliveries Aircall switches the webhook off.
/// The log lists the same objects as they are now: the links to recordings are others each time.
/// A user's own telephone is rung from the number that is named by its id; Aircall has no word for hanging up.
/// https://developer.aircall.io/api-references/#webhooks, https://developer.aircall.io/api-references/#list-all-calls, https://developer.aircall.io/api-references/#start-an-outbound-call
/// </remarks>
sealed class Aircall : IWebhookProvider, ICanCall, IHasCallLog, IHasSubscription
{
    const string Customer = "customer", ApiHost = "api.aircall.io";

    /// <summary>So many calls a question goes through, whatever its pages.</summary>
    const int FoundMax = 10_000;

    public ProviderInfo Info { get; } = new("aircall", "Aircall",
        new("token", Secret: true, Required: true), new("country"), new("people"), new("api_id"), SettingInfo.Credential("api_token"), Control.Switch, new("dial_number_id"), new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "a token in the body",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public bool IsAuthentic(Arrival arrival, Settings settings)
    {
        try
        {
            var given = JsonPart.Of(arrival).Text("token");
            return Signature.ByAnySecret(settings, "token", token => Signature.IsToken(given, token));
        }
        catch (UnreadableException)
        {
            return false; // whoever cannot be read has shown no token
        }
    }

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var happened = body.Needed("event");
        if (!happened.StartsWith("call.", StringComparison.Ordinal)) return Translation.Ignored($"{happened} is not about calls");
        return new News(happened, body["data"], arrival, body.Instant("timestamp") ?? arrival.ReceivedAt, settings).Translate();
    }

    // ---- Control ----

    public DialString Telephone(string name, Settings settings) => Control.PersonId(name, settings);

    public Order Place(Dialling wish, Settings settings) => new WebOrder(
        InOurName(CloudAddress.With(CloudAddress.Of(settings, ApiHost), $"/v1/users/{wish.Telephone}/calls"), settings) with
        {
            Method = HttpMethod.Post,
            ContentType = "application/json",
            Body = JsonSerializer.Serialize(new { number_id = NumberId(settings), to = Control.International(wish.Number, settings) }),
        },
        (status, body) => CloudDoor.FateOf(status, body));

    static long NumberId(Settings settings) =>
        long.TryParse(settings["dial_number_id"], CultureInfo.InvariantCulture, out var id) && id > 0 ? id : throw new Refusal(RefusalKind.Conflict, "control.setting", "dial_number_id");

    // ---- Call log ----

    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), "api_id", "api_token");

    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) =>
    [
        InOurName(CloudAddress.With(CloudAddress.Of(settings, ApiHost), "/v1/calls",
            ("from", $"{window.From.ToUnixTimeSeconds()}"), ("to", $"{window.Until.ToUnixTimeSeconds()}"), ("order", "asc"), ("per_page", "50")), settings),
    ];

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page["calls"].IsThere) throw new UnreadableException("calls is missing");
        if (page["meta"].Number("total") > FoundMax) return LogPage.TooMany;
        var next = page["meta"].Address("next_page_link");
        return new LogPage([.. page["calls"].Items.Select(call => new LogRecord(call.Raw, call["ended_at"].IsThere ? null : call.Instant("started_at")))],
            next is null ? [] : [InOurName(CloudAddress.Next(asked.Address, next), settings)]);
    }

    public Translation TranslateRecord(Arrival record, Settings settings) => new News("call.ended", JsonPart.Of(record), record, record.ReceivedAt, settings).Translate();

    // ---- Subscription ----

    public IReadOnlyList<string> SubscriptionNeeds => CallLog.Needs;

    public CloudRequest Look(SubscriptionWish wish, Settings settings) => InOurName(CloudAddress.With(CloudAddress.Of(settings, ApiHost), "/v1/webhooks", ("per_page", "50")), settings);

    /// <remarks>A webhook that Aircall switched off can be switched on again; a new one would have another token, which only a person can enter.</remarks>
    public SubscriptionStep Next(SubscriptionWish wish, CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var told = JsonPart.Of(answer);
        if (asked.Method == HttpMethod.Put) return new FoundSubscription(told["webhook"].IsTrue("active"), WasDead: true);
        if (!told["webhooks"].IsThere) throw new UnreadableException("webhooks is missing");
        var ours = told["webhooks"].Items.Where(webhook => webhook.Address("url") == wish.News.AbsoluteUri).ToList();
        if (ours.Exists(webhook => webhook.IsTrue("active"))) return new FoundSubscription(true);
        if (ours is [var off, ..])
            return InOurName(new Uri(CloudAddress.Of(settings, ApiHost), $"/v1/webhooks/{Uri.EscapeDataString(off.Needed("webhook_id"))}"), settings) with { Method = HttpMethod.Put, ContentType = "application/json", Body = """{"active":true}""" };
        return told["meta"].Address("next_page_link") is { } next ? InOurName(CloudAddress.Next(asked.Address, next), settings) : FoundSubscription.None;
    }

    static CloudRequest InOurName(Uri address, Settings settings) => CloudRequest.Get(address).WithBasic(settings["api_id"], settings["api_token"]);

    sealed class News(string happened, JsonPart told, Arrival arrival, DateTimeOffset sent, Settings settings)
    {
        readonly CallKey call = new(arrival.Connection, told.Needed("id"));
        readonly bool isInbound = told.Word("direction") != "outbound";
        readonly DateTimeOffset? answeredAt = told.Instant("answered_at");

        string? Person(string name) => told[name] is { IsObject: true } user ? NameOf(user) : null;

        string? NameOf(JsonPart user) => user.Text("id") is not { } id ? user.Text("name") : settings.Person(id) is var name && name != id ? name : user.Text("name") ?? user.Text("email") ?? id;

        static string Leg(JsonPart user) => user.Needed("id");

        JsonPart User => told["user"];

        public Translation Translate()
        {
            List<CallEvent>? events = happened switch
            {
                "call.created" => [Started(), .. Waits(), .. isInbound ? Array.Empty<CallEvent>() : [Dials()]],
                "call.ringing_on_agent" => isInbound ? [Started(isCoarse: true), new AttemptStarted(call, sent, Leg(User), Person("user") ?? "")] : [Started(isCoarse: true)],
                "call.agent_declined" => [new AttemptEnded(call, sent, Leg(User), AttemptResult.Declined, Person("user"))],
                "call.answered" => [Started(isCoarse: true), Answer(told["transferred_by"].IsThere ? sent : answeredAt ?? sent)],
                "call.hold" => [new HoldStarted(call, sent, Holder)],
                "call.unhold" => [new HoldEnded(call, sent, Holder)],
                "call.transferred" or "call.external_transferred" => Transfer(),
                "call.hungup" or "call.ended" or "call.voicemail_left" or "call.comm_assets_generated" or "call.assigned" or "call.tagged" or "call.untagged" or "call.commented"
                    or "call.archived" or "call.unarchived" => Summary(),
                "call.ivr_option_selected" or "call.unsuccessful_transfer" => [],
                _ => null,
            };
            return events is null ? Translation.Unreadable($"event '{Arrival.Clean(happened, 60)}' is unknown")
                : events.Count > 0 ? Translation.Understood(arrival.IsLogged ? [.. events.Select(Logged)] : events)
                : Translation.Ignored($"{happened} says nothing of who talks to whom") with { About = call.Id };
        }

        /// <summary>Whoever holds is the one who talks; an outbound call is one leg to the customer.</summary>
        string Holder => isInbound ? Leg(User) : Customer;

        CallStarted Started(bool isCoarse = false)
        {
            PhoneNumber? outside = told["raw_digits"].IsThere || isInbound ? settings.Number(told.Text("raw_digits")) : null;
            var ours = told["number"].Text("digits") is { } digits ? settings.Number(digits) : null;
            return new CallStarted(call, told.Instant("started_at") ?? sent, isInbound ? Direction.Inbound : Direction.Outbound,
                isInbound ? outside : ours, isInbound ? ours : outside, ours?.E164 ?? ours?.Raw, isInbound ? null : Person("user"))
            {
                Coarse = isCoarse,
            };
        }

        IEnumerable<CallEvent> Waits() => isInbound && told["number"].Text("name") is { } line ? [new QueueJoined(call, told.Instant("started_at") ?? sent, line)] : [];

        AttemptStarted Dials() => new(call, told.Instant("started_at") ?? sent, Customer, CustomersNumber, LegRole.Outside);

        string CustomersNumber => settings.Number(told.Text("raw_digits")) is var number ? number.E164 ?? number.Raw : "";

        AttemptAnswered Answer(DateTimeOffset at) => isInbound
            ? new(call, at, Leg(User), Person("user"), LegRole.Operator)
            : new(call, at, Customer, CustomersNumber, LegRole.Outside);

        List<CallEvent> Transfer()
        {
            var at = told.Instant("transferred_at") ?? sent;
            var by = told["transferred_by"];
            var to = Person("transferred_to") ?? told.Text("external_transferred_to");
            List<CallEvent> events = [new Transferred(call, at, TransferKind.Blind, Person("transferred_by"), to)];
            if (by.Text("id") is { } leg && isInbound) events.Add(new AttemptEnded(call, at, leg, AttemptResult.TransferredOut));
            return events;
        }

        /// <summary>What the call as it stands says of all that may have been missed, and of its end if it has one.</summary>
        List<CallEvent> Summary()
        {
            List<CallEvent> events = [Started(isCoarse: true), .. Waits()];
            if (answeredAt is { } at) events.Add(Answer(at) with { Coarse = true, Leg = isInbound ? "" : Customer, Operator = isInbound ? Person("transferred_by") ?? Person("user") : CustomersNumber });
            if (told.Address("voicemail") is not null) events.Add(new VoicemailLeft(call, told.Instant("ended_at") ?? sent) { ToldAs = "voicemail" });
            if ((told.Address("recording") ?? told.Address("voicemail")) is { } recording) events.Add(new RecordingMade(call, told.Instant("ended_at") ?? sent, recording));
            if (told.Instant("ended_at") is { } end || happened is "call.hungup" or "call.ended" && (end = sent) == sent) events.Add(new CallEnded(call, end, Cause(), told.Text("missed_call_reason") ?? told.Text("hangup_cause")));
            return events;
        }

        /// <summary>What a later message may say in other words gives way to it.</summary>
        static CallEvent Logged(CallEvent happened) => happened switch
        {
            CallEnded => happened with { Coarse = true, ToldAs = "log:end" },
            RecordingMade => happened with { Coarse = true, ToldAs = "log:recording" },
            _ => happened,
        };

        EndCause Cause() => answeredAt is not null ? EndCause.Normal : told.Word("missed_call_reason") switch
        {
            "short_abandoned" or "abandoned_in_ivr" or "abandoned_in_classic" => EndCause.Cancelled,
            "no_available_agent" or "agents_did_not_answer" => EndCause.NoAnswer,
            "out_of_opening_hours" => EndCause.Closed,
            _ => isInbound ? EndCause.Unknown : EndCause.NoAnswer,
        };
    }
}
