using CallCenter.Storage;

namespace CallCenter.Dashboard;

/// <summary>Keeps how people arranged their dashboards.</summary>
sealed class DashboardLayouts(Db db)
{
    public Task<DashboardLayout> Find(string user, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<(string Order, string Hidden)>("select arranged, hidden from dashboard_layouts where user_id = @user", new { user })) is [var row]
            ? DashboardLayout.Of(row.Order.Split(' '), row.Hidden.Split(' ')) : DashboardLayout.Default, stop);

    public Task Save(string user, DashboardLayout layout, CancellationToken stop = default)
    {
        var (arranged, hidden) = layout.ToRow();
        return db.Write(tx => tx.Run(
            "insert into dashboard_layouts (user_id, arranged, hidden) values (@user, @arranged, @hidden) on conflict (user_id) do update set arranged = excluded.arranged, hidden = excluded.hidden",
            new { user, arranged, hidden }), stop);
    }
}
