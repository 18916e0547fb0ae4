using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Customers.Import;
using CallCenter.Desk;
using CallCenter.Figures;
using CallCenter.Live;
using CallCenter.Parts;
using CallCenter.Parts.Import;
using CallCenter.Quotes;
using CallCenter.Quotes.Import;
using CallCenter.Recovery;
using CallCenter.Reports;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Teams.Import;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Totals = CallCenter.Figures.Totals;

namespace CallCenter.Tests;

public enum On
{
    Sqlite,
    Postgres,
}

/// <summary>The server without its web, on a real database of its own.</summary>
sealed class House : IAsyncDisposable
{
    readonly CancellationTokenSource stop = new();
    readonly TimeProvider clock;
    readonly IDataProtectionProvider protection;
    string address = "";

    House(Db db, TimeProvider clock, IDataProtectionProvider protection)
    {
        Db = db;
        Personnel = new Personnel(db, clock);
        Audit = new AuditLog(db, clock);
        Users = new Users(db, Personnel, Audit, clock);
        Sessions = new Sessions(db, clock);
        var policy = new CasePolicy(Personnel);
        Totals = new Totals(db);
        CaseBook = new CaseBook(Personnel, policy, new AccountOwners(), Cases, Totals);
        var quotes = new QuoteBook(QuoteBoard, clock);
        var ledger = new SalesLedger(Personnel, quotes, clock);
        Log = new CallLog(db, Feed, [new RecoveryLedger()], [CaseBook, ledger, new MergedNotes()], Personnel, new Detection(), Totals);
        Errands = new CustomerErrands(db, Log, clock, NullLogger<CustomerErrands>.Instance);
        Customers = new CustomerBook(db, Errands, new CustomerBoard(), [ledger], Audit, clock);
        CustomerImports = new CustomerImports(db, Errands, Audit, clock);
        CallerDesk = new CallerDesk(db, Log, Customers, Errands, Audit, clock);
        CustomerList = new CustomerList(db);
        Teams = new TeamBook(Personnel, Log, Audit, db, clock);
        CaseList = new CaseList(db, new CustomerWorth(), clock);
        CaseDesk = new CaseDesk(db, Personnel, policy, CaseBook, Audit, Cases, clock, Totals);
        QuoteDesk = new QuoteDesk(db, ledger, CaseDesk, Personnel, new ServerSettings(db), Audit, clock);
        OrderDesk = new OrderDesk(db, quotes, QuoteDesk, ledger, CaseDesk, Personnel, Audit, clock);
        Sales = new ForeignSales(db, quotes, ledger, CaseDesk, Personnel, Audit, clock);
        SaleImports = new SaleImports(db, Audit, clock);
        SaleLoading = new SaleLoading(db, SaleImports, Sales, Personnel, clock, NullLogger<SaleLoading>.Instance);
        Figures = new FigureDesk(db, Totals, Personnel, Log, clock);
        Reports = new ReportDesk(db, Figures, new CustomerFigures(db), new QuoteCounter(db), Personnel, new CustomerNames(db), clock);
        RuleChanges = new RuleChanges(db, Log, CaseBook, new ServerSettings(db), Audit, clock, NullLogger<RuleChanges>.Instance);
        Rejudging = new Rejudging(db, Log, Personnel, new ServerSettings(db), clock, NullLogger<Rejudging>.Instance);
        Switchboard = new Switchboard(db, this.protection = protection, clock, new AuditLog(db, clock));
        CustomerLoading = new CustomerLoading(db, CustomerImports, Customers, Errands, Personnel, Switchboard, clock, NullLogger<CustomerLoading>.Instance);
        Import = new PeopleImport(Personnel, new ImportPlanner(Users, Teams, Switchboard, clock), Audit);
        Intake = new Intake(db, Log, Switchboard, NullLogger<Intake>.Instance);
        Gaps = new Gaps(db);
        Parts = new PartCatalogue(db, Audit, clock);
        PartImports = new PartImports(db, Audit, clock);
        PartLoading = new PartLoading(db, PartImports, NullLogger<PartLoading>.Instance);
        this.clock = clock;
    }

    public Db Db { get; }

    public TimeProvider Clock => clock;

    public LiveFeed Feed { get; } = new();

    public CallLog Log { get; }

    public CustomerErrands Errands { get; }

    public CustomerBook Customers { get; }

    public CustomerImports CustomerImports { get; }

    public CustomerLoading CustomerLoading { get; }

    public ForeignSales Sales { get; }

    public SaleImports SaleImports { get; }

    public SaleLoading SaleLoading { get; }

    public CallerDesk CallerDesk { get; }

    public CustomerList CustomerList { get; }

    public Switchboard Switchboard { get; }

    public Intake Intake { get; }

    public Gaps Gaps { get; }

    public Personnel Personnel { get; }

    public AuditLog Audit { get; }

    public Users Users { get; }

    public Sessions Sessions { get; }

    public TeamBook Teams { get; }

    public PeopleImport Import { get; }

    public Rejudging Rejudging { get; }

    public CaseBoard Cases { get; } = new();

    public CaseBook CaseBook { get; }

    public RuleChanges RuleChanges { get; }

    public CaseList CaseList { get; }

    public CaseDesk CaseDesk { get; }

    public PartCatalogue Parts { get; }

    public QuoteBoard QuoteBoard { get; } = new();

    public QuoteDesk QuoteDesk { get; }

    public OrderDesk OrderDesk { get; }

    public PartImports PartImports { get; }

    public PartLoading PartLoading { get; }

    public Totals Totals { get; }

    public FigureDesk Figures { get; }

    public ReportDesk Reports { get; }

    public LineBoard Lines { get; } = new();

    /// <summary>Direct connections run once this was called.</summary>
    public DirectLines? DirectLines { get; private set; }

    public async Task<DirectLines> RunLines(LineLimits limits)
    {
        DirectLines = new DirectLines(Db, Intake, Log, Switchboard, Gaps, Lines, limits, clock, NullLogger<DirectLines>.Instance);
        await DirectLines.StartAsync(stop.Token);
        return DirectLines;
    }

    public Task<int> CloseSilentCalls() => StaleCalls.Run();

    public StaleCalls StaleCalls => new(Db, Log, Switchboard,
        DirectLines ?? new DirectLines(Db, Intake, Log, Switchboard, Gaps, Lines, LineLimits.Default, clock, NullLogger<DirectLines>.Instance),
        new ServerSettings(Db), Audit, clock, NullLogger<StaleCalls>.Instance);

    public LogFetches Fetches => fetches ??= new LogFetches(Db, Switchboard, Audit, clock);

    LogFetches? fetches;

    /// <summary>With nowhere to send to, so that nobody looks after them.</summary>
    public Subscriptions Subscriptions => SubscriptionsAt(null, new CloudDoor());

    /// <summary>Looked after by somebody who does not pause and waits for a moment only.</summary>
    public Subscriptions SubscriptionsAt(Uri? site, CloudDoor door) =>
        new(new CloudApi(door, Tokens(door), Hasty, clock), Switchboard, new PublicAddress(site), Gaps, Fetches, Db, clock, NullLogger<Subscriptions>.Instance);

    static readonly CloudManners Hasty = new(TimeSpan.Zero, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(5), 3);

    public AccessTokens Tokens(CloudDoor door) => new(Db, protection, door, clock);

    /// <summary>Asks without pausing, and waits for a moment only.</summary>
    public CallLogReader LogReader(CloudDoor door) => new(new CloudApi(door, Tokens(door), Hasty, clock), Intake, Log, Db, Hasty, clock);

    public async Task StopLines()
    {
        if (DirectLines is not { } lines) return;
        DirectLines = null;
        await lines.StopAsync(CancellationToken.None);
        lines.Dispose();
    }

    public static async Task<House> Open(On database = On.Sqlite, TimeProvider? clock = null)
    {
        var address = database == On.Postgres ? await TestPostgres.NewDatabase() : await TestFile.NewDatabase();
        var house = new House(await Db.Open(address), clock ?? TimeProvider.System, new EphemeralDataProtectionProvider()) { address = address };
        await house.Switchboard.Load();
        await house.Personnel.Load();
        await house.Intake.StartAsync(house.stop.Token);
        return house;
    }

    /// <summary>Another node on the same database.</summary>
    public static async Task<House> Beside(House first)
    {
        var house = new House(await Db.Open(first.address), first.clock, first.protection) { address = "" };
        await house.Switchboard.Load();
        await house.Personnel.Load();
        await house.Intake.StartAsync(house.stop.Token);
        return house;
    }

    /// <summary>Events as if a phone system had told them, in one transaction.</summary>
    public Task<IReadOnlyList<Call>> Hear(params IReadOnlyCollection<CallEvent> events) =>
        Db.Write(tx => Log.Append(tx, events, _ => "test"));

    public Task Settle(RecoverySettings settings) =>
        new ServerSettings(Db).Set(RecoverySettings.Name, settings.ToText());

    /// <summary>Also those that no list shows.</summary>
    public Task<List<RecoveryCase>> AllCases() => Db.Read(async tx =>
    {
        var all = new List<RecoveryCase>();
        await tx.QueryMany($"select {CaseRow.Columns} from cases order by id", [], [[]], (_, row) => all.Add(CaseRow.Read(row)));
        return all;
    });

    public async Task<IReadOnlyList<Call>> Calls(CallFilter? filter = null) =>
        (await Log.List(CallScope.Machine, filter ?? new CallFilter(), CallLog.PageMax)).Calls;

    public async ValueTask DisposeAsync()
    {
        await StopLines();
        await stop.CancelAsync();
        await Intake.StopAsync(CancellationToken.None);
        Intake.Dispose();
        Errands.Dispose();
        await Db.DisposeAsync();
        stop.Dispose();
        if (Db.File.Length > 0 && address.Length > 0) Directory.Delete(Path.GetDirectoryName(Db.File)!, recursive: true);
    }
}
