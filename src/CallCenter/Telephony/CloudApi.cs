using System.Collections.Concurrent;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>How patient we are with a phone system in the cloud.</summary>
/// <param name="PauseMax">Between two questions we wait as long as it wants, but never longer.</param>
/// <param name="RetryFirst">Before the second try, where it does not say how long; twice as long before each further one.</param>
/// <param name="RetryMax">Longer than that nobody waits in line; it is tried again another time.</param>
sealed record CloudManners(TimeSpan PauseMax, TimeSpan RetryFirst, TimeSpan RetryMax, int TriesMax)
{
    public static readonly CloudManners Default = new(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), 4);
}

/// <summary>Asks the API of a connection: with its token or signature, no faster than it likes, and again after a while when it is busy.</summary>
sealed class CloudApi(CloudDoor door, AccessTokens tokens, CloudManners manners, TimeProvider clock)
{
    readonly ConcurrentDictionary<string, DateTimeOffset> nextTurn = [];

    /// <param name="pause">Between this question and the one before it.</param>
    /// <exception cref="CloudFaultException">It did not answer, or not what was asked for.</exception>
    public async Task<CloudAnswer> Ask(Connection connection, CloudRequest request, TimeSpan pause, CancellationToken stop)
    {
        var wait = manners.RetryFirst;
        var hasRenewed = false;
        for (var attempt = 1; ; attempt++)
        {
            await TakeTurn(connection.Id, pause, stop);
            var token = request.WantsToken ? await tokens.Of(connection, stop) : null;
            CloudAnswer answer;
            try
            {
                answer = await door.Ask(token is null ? Signed(request, connection) : request.WithToken(token), AnswerLimits.Page, stop);
            }
            catch (CloudFaultException e) when (e.Fault is CloudFault.Unreachable or CloudFault.Silent && attempt < manners.TriesMax)
            {
                await Task.Delay(wait, clock, stop);
                wait *= 2;
                continue;
            }

            if (token is not null && IsTokenRefused(connection, answer))
            {
                if (hasRenewed) throw WhyNot(answer with { Status = 401, Body = answer.Body.Replace(token, "***", StringComparison.Ordinal) });
                hasRenewed = true; // it may have been withdrawn before its time, once
                await tokens.Forget(connection, token, stop);
                continue;
            }

            if (answer.IsGood) return answer;
            var isBusy = answer.Status is 429 or >= 500;
            if (!isBusy || attempt >= manners.TriesMax || answer.RetryAfter > manners.RetryMax) throw WhyNot(answer);
            await Task.Delay(answer.RetryAfter ?? wait, clock, stop);
            wait *= 2;
        }
    }

    static bool IsTokenRefused(Connection connection, CloudAnswer answer) => Catalogue.Find(connection.Provider) is IHandsOutTokens provider ? provider.IsTokenRefused(answer) : answer.Status == 401;

    CloudRequest Signed(CloudRequest request, Connection connection)
    {
        try
        {
            return Catalogue.Find(connection.Provider) is ISignsRequests signer ? signer.Sign(request, connection.Settings, clock.GetUtcNow()) : request;
        }
        catch (Refusal refusal)
        {
            throw new CloudFaultException(CloudFault.Setting, $"{refusal.Arguments.FirstOrDefault()}");
        }
    }

    /// <summary>One after the other, however many ask.</summary>
    async Task TakeTurn(string connection, TimeSpan pause, CancellationToken stop)
    {
        if (pause > manners.PauseMax) pause = manners.PauseMax;
        var now = clock.GetUtcNow();
        var mine = now;
        nextTurn.AddOrUpdate(connection, _ => now + pause, (_, next) =>
        {
            mine = next > now ? next : now;
            return mine + pause;
        });
        if (mine > now) await Task.Delay(mine - now, clock, stop);
    }

    static CloudFaultException WhyNot(CloudAnswer answer) => new(answer.Status switch
    {
        401 => CloudFault.Unauthorized,
        403 => CloudFault.NotPermitted,
        429 => CloudFault.Limited,
        >= 500 => CloudFault.Broken,
        _ => CloudFault.Refused,
    }, CloudDoor.SaidIn(answer.Body) is { Length: > 0 } said ? said : $"HTTP {answer.Status}")
    { RetryAfter = answer.RetryAfter };
}
