using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Figures;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Reports.Scheduled;

/// <summary>Keeps which reports go out, whose turn is when, and what became of each letter.</summary>
sealed class ReportSchedules(Db db, Personnel personnel, AuditLog audit, TimeProvider clock)
{
    /// <summary>Of one maker.</summary>
    public const int SchedulesMax = 50;

    /// <summary>Letters of one schedule that are shown; older ones are forgotten.</summary>
    public const int HistoryMax = 100;

    const string Columns = "id, name, report, conditions, every, day, at_minute, format, made_by, made_at, active";
    const string SendColumns = "id, schedule_id, user_id, due_at, first_day, last_day, tries, next_try, sent_at, fault";

    /// <summary>Heard after a change here.</summary>
    public event Action? Changed;

    /// <summary>Own ones; an administrator sees all. Newest first.</summary>
    public Task<IReadOnlyList<ReportSchedule>> All(Rights rights, CancellationToken stop = default) => db.Read(tx => List(tx, rights.IsAdministrator ? "1 = 1" : "made_by = @User", new { rights.User }), stop);

    /// <summary>Newest first.</summary>
    /// <exception cref="Refusal">There is none, or it is not his.</exception>
    public Task<IReadOnlyList<ReportSend>> History(long id, Rights rights, CancellationToken stop = default) => db.Read<IReadOnlyList<ReportSend>>(async tx =>
    {
        await Own(tx, id, rights);
        return [.. (await tx.List<SendRow>($"select {SendColumns} from report_sends where schedule_id = @id order by id desc limit {HistoryMax}", new { id })).Select(row => row.ToSend())];
    }, stop);

    /// <param name="wanted">With the id 0 a new one.</param>
    /// <exception cref="Refusal">It has no name or reader, its report or day does not exist, a reader may not take reports away, or it is not his.</exception>
    public async Task<ReportSchedule> Save(ReportSchedule wanted, Authority by, CancellationToken stop = default)
    {
        if (!by.Rights.SchedulesReports) throw new Refusal(RefusalKind.Forbidden, "schedule.no-right");
        if (string.IsNullOrWhiteSpace(wanted.Name) || wanted.Name.Trim().Length > ReportSchedule.NameMax) throw new Refusal(RefusalKind.Invalid, "schedule.name", ReportSchedule.NameMax);
        if (wanted.Report != ReportSchedule.Brief && Report.Find(wanted.Report) is null) throw new Refusal(RefusalKind.Invalid, "report.unknown", wanted.Report, string.Join(", ", Report.All.Select(one => one.Name)));
        wanted.When.Check();
        var readers = wanted.Readers.Distinct().Order(StringComparer.Ordinal).ToList();
        if (readers.Count is 0 or > ReportSchedule.ReadersMax) throw new Refusal(RefusalKind.Invalid, "schedule.readers", ReportSchedule.ReadersMax);
        foreach (var reader in readers)
            if (!personnel.RightsOf(reader).SchedulesReports) throw new Refusal(RefusalKind.Invalid, "schedule.reader", personnel.Now.People.GetValueOrDefault(reader)?.Name ?? reader);

        var now = clock.GetUtcNow();
        var saved = await db.Write(async tx =>
        {
            var before = wanted.Id == 0 ? null : await Own(tx, wanted.Id, by.Rights);
            if (before is null && await tx.One<long>("select count(*) from report_schedules where made_by = @User", new { by.Rights.User }) >= SchedulesMax) throw new Refusal(RefusalKind.Conflict, "schedule.too-many", SchedulesMax);
            var after = wanted with { Name = wanted.Name.Trim(), Readers = readers, MadeBy = before?.MadeBy ?? by.Rights.User, MadeAt = before?.MadeAt ?? now };
            var values = new
            {
                after.Id,
                after.Name,
                after.Report,
                conditions = JsonSerializer.Serialize(after.Conditions),
                every = $"{after.When.Every}",
                day = (long)after.When.Day,
                minute = (long)after.When.At.ToTimeSpan().TotalMinutes,
                format = $"{after.Format}",
                after.MadeBy,
                at = after.MadeAt.ToUnixTimeMilliseconds(),
                active = after.IsActive ? 1 : 0,
            };
            if (before is null)
                after = after with
                {
                    Id = await tx.One<long>(
                        """
                        insert into report_schedules (name, report, conditions, every, day, at_minute, format, made_by, made_at, active)
                        values (@Name, @Report, @conditions, @every, @day, @minute, @format, @MadeBy, @at, @active) returning id
                        """, values),
                };
            else
                await tx.Run(
                    "update report_schedules set name = @Name, report = @Report, conditions = @conditions, every = @every, day = @day, at_minute = @minute, format = @format, active = @active where id = @Id", values);
            await tx.Run("delete from report_readers where schedule_id = @Id", new { after.Id });
            foreach (var reader in readers) await SetTurn(tx, after, reader, now);
            await audit.Note(tx, by.Actor, before is null ? "report.schedule-made" : "report.schedule-changed", $"report-schedule:{after.Id}", new { before = Told(before), after = Told(after) });
            return after;
        }, stop);
        Changed?.Invoke();
        return saved;
    }

    /// <exception cref="Refusal">There is none, or it is not his.</exception>
    public async Task Remove(long id, Authority by, CancellationToken stop = default)
    {
        await db.Write(async tx =>
        {
            var before = await Own(tx, id, by.Rights);
            foreach (var table in (string[])["report_readers", "report_sends"]) await tx.Run($"delete from {table} where schedule_id = @id", new { id });
            await tx.Run("delete from report_schedules where id = @id", new { id });
            await audit.Note(tx, by.Actor, "report.schedule-removed", $"report-schedule:{id}", new { before = Told(before) });
        }, stop);
        Changed?.Invoke();
    }

    /// <summary>Sends it to all its readers now, besides its turns.</summary>
    /// <exception cref="Refusal">There is none, or it is not his.</exception>
    public async Task SendNow(long id, Authority by, CancellationToken stop = default)
    {
        await db.Write(async tx =>
        {
            var schedule = await Own(tx, id, by.Rights);
            foreach (var reader in schedule.Readers) await Enqueue(tx, schedule, reader, clock.GetUtcNow());
        }, stop);
        Changed?.Invoke();
    }

    /// <summary>Writes down which letters are due, and whose next turn is when. What was due while the server was down is due once.</summary>
    internal Task<int> TakeTurns(int limit, CancellationToken stop) => db.Write(async tx =>
    {
        var now = clock.GetUtcNow();
        var due = await tx.List<(long Schedule, string User, long At)>($"select schedule_id, user_id, next_at from report_readers where next_at <= @now order by next_at limit {limit}", new { now = now.ToUnixTimeMilliseconds() });
        foreach (var (id, reader, at) in due)
        {
            var schedule = (await List(tx, "id = @id", new { id }))[0];
            await Enqueue(tx, schedule, reader, DateTimeOffset.FromUnixTimeMilliseconds(at));
            await tx.Run("delete from report_readers where schedule_id = @id and user_id = @reader", new { id, reader });
            await SetTurn(tx, schedule, reader, now);
        }

        return due.Count;
    }, stop);

    /// <summary>Letters that are to be tried now, with what they are of.</summary>
    internal Task<IReadOnlyList<(ReportSend Send, ReportSchedule Schedule)>> Waiting(int limit, CancellationToken stop) => db.Read<IReadOnlyList<(ReportSend, ReportSchedule)>>(async tx =>
    {
        var sends = (await tx.List<SendRow>($"select {SendColumns} from report_sends where next_try <= @now order by next_try limit {limit}", new { now = clock.GetUtcNow().ToUnixTimeMilliseconds() })).ConvertAll(row => row.ToSend());
        var schedules = new Dictionary<long, ReportSchedule>();
        foreach (var id in sends.Select(send => send.Schedule).Distinct()) schedules[id] = (await List(tx, "id = @id", new { id }))[0];
        return [.. sends.Select(send => (send, schedules[send.Schedule]))];
    }, stop);

    internal async Task Keep(ReportSend send, CancellationToken stop)
    {
        await db.Write(tx => tx.Run(
            "update report_sends set tries = @Tries, next_try = @next, sent_at = @sent, fault = @Fault where id = @Id",
            new { send.Tries, next = send.NextTry?.ToUnixTimeMilliseconds(), sent = send.SentAt?.ToUnixTimeMilliseconds(), send.Fault, send.Id }), stop);
        Changed?.Invoke();
    }

    async Task Enqueue(Tx tx, ReportSchedule schedule, string reader, DateTimeOffset due)
    {
        var (first, last) = schedule.When.About(LocalDay.Of(due, ZoneOf(reader)));
        await tx.Run(
            "insert into report_sends (schedule_id, user_id, due_at, first_day, last_day, tries, next_try) values (@Id, @reader, @due, @first, @last, 0, @now)",
            new { schedule.Id, reader, due = due.ToUnixTimeMilliseconds(), first = Slots.Day(first), last = Slots.Day(last), now = clock.GetUtcNow().ToUnixTimeMilliseconds() });
        await tx.Run(
            $"delete from report_sends where schedule_id = @Id and next_try is null and id not in (select id from report_sends where schedule_id = @Id order by id desc limit {HistoryMax})", new { schedule.Id });
    }

    Task<int> SetTurn(Tx tx, ReportSchedule schedule, string reader, DateTimeOffset now) => tx.Run(
        "insert into report_readers (schedule_id, user_id, next_at) values (@Id, @reader, @next)", new { schedule.Id, reader, next = schedule.IsActive ? schedule.When.Next(now, ZoneOf(reader)).ToUnixTimeMilliseconds() : (long?)null });

    internal TimeZoneInfo ZoneOf(string reader) =>
        personnel.Now.People.GetValueOrDefault(reader) is { } person && TimeZoneInfo.TryFindSystemTimeZoneById(person.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;

    static async Task<ReportSchedule> Own(Tx tx, long id, Rights rights) =>
        (await List(tx, "id = @id", new { id })).FirstOrDefault() is { } found && (rights.IsAdministrator || found.MadeBy == rights.User) ? found : throw new Refusal(RefusalKind.NotFound, "schedule.unknown", id);

    static async Task<IReadOnlyList<ReportSchedule>> List(Tx tx, string condition, object values)
    {
        var rows = await tx.List<Row>($"select {Columns} from report_schedules where {condition} order by id desc", values);
        var readers = (await tx.List<(long Schedule, string User)>("select schedule_id, user_id from report_readers")).ToLookup(row => row.Schedule, row => row.User);
        return rows.ConvertAll(row => row.ToSchedule([.. readers[row.id].Order(StringComparer.Ordinal)]));
    }

    static object? Told(ReportSchedule? schedule) => schedule is null ? null : new { schedule.Name, schedule.Report, schedule.Conditions, every = $"{schedule.When.Every}", schedule.When.Day, at = $"{schedule.When.At:HH:mm}", schedule.Readers, schedule.IsActive };

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public long id { get; init; }
        public string name { get; init; } = "";
        public string report { get; init; } = "";
        public string conditions { get; init; } = "";
        public string every { get; init; } = "";
        public long day { get; init; }
        public long at_minute { get; init; }
        public string format { get; init; } = "";
        public string made_by { get; init; } = "";
        public long made_at { get; init; }
        public long active { get; init; }

        public ReportSchedule ToSchedule(IReadOnlyList<string> readers) => new(
            id, name, report, JsonSerializer.Deserialize<ReportConditions>(conditions)!, new(Enum.Parse<Rhythm>(every), (int)day, TimeOnly.FromTimeSpan(TimeSpan.FromMinutes(at_minute))),
            Enum.Parse<ReportFormat>(format), readers, active != 0, made_by, DateTimeOffset.FromUnixTimeMilliseconds(made_at));
    }

    sealed class SendRow
    {
        public long id { get; init; }
        public long schedule_id { get; init; }
        public string user_id { get; init; } = "";
        public long due_at { get; init; }
        public long first_day { get; init; }
        public long last_day { get; init; }
        public long tries { get; init; }
        public long? next_try { get; init; }
        public long? sent_at { get; init; }
        public string? fault { get; init; }

        public ReportSend ToSend() => new(id, schedule_id, user_id, At(due_at)!.Value, Slots.Date(first_day), Slots.Date(last_day), (int)tries, At(next_try), At(sent_at), fault);

        static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
    }
#pragma warning restore IDE1006
}
