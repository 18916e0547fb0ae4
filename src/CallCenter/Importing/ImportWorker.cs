using CallCenter.Storage;

namespace CallCenter.Importing;

/// <summary>An import, whatever it brings in.</summary>
public interface IImport
{
    long Id { get; }

    /// <summary>The server is at it, or will be.</summary>
    bool IsRunning { get; }

    /// <summary>Name of the state.</summary>
    string At { get; }

    /// <summary>Of <see cref="Of"/>; see the import.</summary>
    long Done { get; }

    long Of { get; }
}

/// <summary>
/// Does the work of imports of one kind, on one node, a small transaction at a time, so that calls are taken in meanwhile. Whoever goes on after a
/// crash begins behind the last transaction.
/// </summary>
abstract class ImportWorker<TImport>(Db db, ImportStore store, ILogger logger) : BackgroundService where TImport : class, IImport
{
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    readonly string me = Guid.NewGuid().ToString("n");
    readonly SemaphoreSlim wake = new(1);

    protected Db Db => db;

    protected ImportStore Store => store;

    /// <summary>Null when there is none.</summary>
    public abstract Task<TImport?> Find(long id, CancellationToken stop);

    /// <summary>Does what there is to do for an import, until a person has to say something or it is over.</summary>
    /// <returns>As it is then; also when another process is at it.</returns>
    public async Task<TImport> Run(long id, CancellationToken stop)
    {
        while (true)
        {
            var import = await Find(id, stop) ?? throw ImportStore.Unknown(id);
            if (!import.IsRunning || !await store.Hold(id, me, stop)) return import;
            try
            {
                await Work(import, stop);
            }
            catch (Refusal refusal)
            {
                await Fail(import, refusal, stop);
            }
            catch (ElsewhereException)
            {
                // Somebody wants otherwise, or went on with it: as it is now.
            }
        }
    }

    /// <summary>Does what the state of the import asks for.</summary>
    protected abstract Task Work(TImport import, CancellationToken stop);

    /// <summary>It cannot go on.</summary>
    protected abstract Task Fail(TImport import, Refusal why, CancellationToken stop);

    /// <summary>Id of the one there is something to do for.</summary>
    protected abstract Task<long?> Waiting(CancellationToken stop);

    /// <summary>Nobody else changes what it changes, until the end of the transaction.</summary>
    protected abstract Task TakeTurn(Tx tx);

    /// <summary>One transaction, as long as the import is in our hands and nobody wants otherwise.</summary>
    protected Task Step(TImport import, Func<Tx, Task> work, CancellationToken stop) => db.Write(async tx =>
    {
        await TakeTurn(tx);
        // A plan of when the tables were small would look at every row.
        if (tx.IsPostgres) await tx.Run("set local enable_seqscan = off");
        if (!await store.IsHeld(tx, import.Id, me, import.At)) throw new ElsewhereException();
        await work(tx);
    }, stop);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.Waiting += Wake;
        try
        {
            while (true)
            {
                await wake.WaitAsync(LookEvery, stoppingToken);
                try
                {
                    if (await Waiting(stoppingToken) is { } id) await Run(id, stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    logger.LogWarning("An import could not go on, trying again: {Reason}", e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops; it goes on from there when it starts.
        }
        finally
        {
            store.Waiting -= Wake;
        }
    }

    void Wake()
    {
        lock (wake)
            if (wake.CurrentCount == 0) wake.Release();
    }

    sealed class ElsewhereException : Exception;
}
