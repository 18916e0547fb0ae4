using CallCenter.Alerts;
using CallCenter.Alerts.Pages;
using CallCenter.Audit;
using CallCenter.Mail;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging.Abstractions;

namespace CallCenter.Tests.Alerts;

/// <summary>The parts of a house that know of alerts, with one source that the test speaks through. Nothing runs by itself.</summary>
sealed class AlertRoom : IDisposable
{
    public const string Kind = "test.smoke";

    readonly House house;
    readonly Scripted scripted = new();

    AlertRoom(House house, IDataProtectionProvider protection, bool allowPrivate, Postman? postman, TimeProvider clock)
    {
        (this.house, Protection) = (house, protection);
        var options = new WebhookOptions(allowPrivate);
        IReadOnlyList<IAlertSource> sources = [scripted, new ConnectionSilent(house.Switchboard, new ArrivalLog(house.Db, house.Log, house.Switchboard, clock), house.Personnel), new CallersWaiting(house.Log, house.Personnel)];
        Rules = new AlertRules(house.Db, sources, house.Audit, News);
        Webhooks = new Webhooks(house.Db, protection, options, house.Audit, News, clock);
        Deliveries = new Deliveries(house.Db, Webhooks, house.Personnel, house.Audit, News, clock);
        Board = new AlertBoard(house.Db, Rules, Deliveries, house.Audit, News, clock);
        Courier = NewCourier(options, clock);
        var words = new ServiceCollection().AddLogging().AddLocalization().BuildServiceProvider().GetRequiredService<IStringLocalizer<Words>>();
        var letters = new AlertLetters(words, new AlertWords(words, Rules, house.Personnel, house.Switchboard), house.Personnel, new ServerOptions("", [], [], new Uri("https://calls.example.com")));
        Watch = new AlertWatch(house.Db, sources, Rules, Board, letters, postman ?? new Postman(null, clock, NullLogger<Postman>.Instance), clock, NullLogger<AlertWatch>.Instance);
    }

    public IDataProtectionProvider Protection { get; }

    public AlertNews News { get; } = new();

    public AlertRules Rules { get; }

    public Webhooks Webhooks { get; }

    public Deliveries Deliveries { get; }

    public AlertBoard Board { get; }

    public WebhookCourier Courier { get; }

    public AlertWatch Watch { get; }

    /// <summary>What the test's own source tells.</summary>
    public List<Alert> Now => scripted.Now;

    /// <param name="like">Another node's room, whose keys are shared.</param>
    public static AlertRoom Of(House house, TimeProvider? clock = null, bool allowPrivate = true, Postman? postman = null, AlertRoom? like = null) =>
        new(house, like?.Protection ?? new EphemeralDataProtectionProvider(), allowPrivate, postman, clock ?? TimeProvider.System);

    public static Alert Smoke(string subject = "", string? episode = null, string? team = null) =>
        new(Kind, subject, team, DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000), new Dictionary<string, object?> { ["where"] = "Almacén <2>" }, episode);

    public Task<bool> Raise(Alert alert) => house.Db.Write(tx => Board.Raise(tx, alert));

    /// <summary>A webhook and its secret.</summary>
    public Task<(OutgoingWebhook Webhook, string Secret)> Add(Receiver receiver, params string[] kinds) => Webhooks.Add("ERP", receiver.Address, kinds, Actor.Console);

    public WebhookCourier NewCourier(WebhookOptions options, TimeProvider clock) =>
        new(house.Db, Webhooks, Deliveries, Board, News, options, clock, NullLogger<WebhookCourier>.Instance, TimeSpan.FromMilliseconds(800));

    public void Dispose()
    {
        Courier.Dispose();
        Watch.Dispose();
    }

    sealed class Scripted : IAlertSource
    {
        public List<Alert> Now { get; } = [];

        public IReadOnlyList<AlertKind> Kinds { get; } = [new(AlertRoom.Kind, [new("limit", 5, 1, 10)], ["where"])];

        public Task<IReadOnlyList<Alert>> Look(Tx tx, DateTimeOffset now, IReadOnlyDictionary<string, AlertRule> rules) => Task.FromResult<IReadOnlyList<Alert>>([.. Now]);
    }
}
