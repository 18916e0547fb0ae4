using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CallCenter.Storage;
using CallCenter.Telephony.Wire;
using Microsoft.AspNetCore.DataProtection;

namespace CallCenter.Telephony;

/// <summary>
/// Keeps the tokens that clouds hand out: protected where they rest, got anew a while before they end, one at a time for each
/// connection.
/// </summary>
/// <remarks>
/// Another node that needs one takes it from the database. Should two get one at the same moment, both hold; the later is kept.
/// </remarks>
sealed class AccessTokens(Db db, IDataProtectionProvider protection, CloudDoor door, TimeProvider clock)
{
    /// <summary>A token that ends so soon is not begun with.</summary>
    static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    const int TextMax = 8 * 1024;

    readonly IDataProtector protector = protection.CreateProtector("access-tokens");
    readonly ConcurrentDictionary<string, Held> held = [];

    /// <exception cref="CloudFaultException">None is handed out; the fault says why.</exception>
    public async Task<string> Of(Connection connection, CancellationToken stop)
    {
        if (Catalogue.Find(connection.Provider) is IMakesTokens maker) return Set(() => maker.MakeToken(connection.Settings, clock.GetUtcNow()));
        var provider = (IHandsOutTokens)Catalogue.Find(connection.Provider);
        var asking = Set(() => provider.AskForToken(connection.Settings));
        var (mine, mark) = (held.GetOrAdd(connection.Id, _ => new Held()), MarkOf(asking));
        await mine.Turn.WaitAsync(stop);
        try
        {
            if (mine.Token?.Serves(mark, clock.GetUtcNow()) != true) mine.Token = await Kept(connection.Id, stop);
            if (mine.Token?.Serves(mark, clock.GetUtcNow()) != true)
            {
                mine.Token = await Fetch(provider, asking, mark, stop);
                await Keep(connection.Id, mine.Token, stop);
            }

            return mine.Token.Text;
        }
        finally
        {
            mine.Turn.Release();
        }
    }

    /// <summary>It was refused before its time; the next one who asks gets another, unless somebody did so meanwhile.</summary>
    public async Task Forget(Connection connection, string token, CancellationToken stop)
    {
        var mine = held.GetOrAdd(connection.Id, _ => new Held());
        await mine.Turn.WaitAsync(stop);
        try
        {
            if (mine.Token?.Text != token) return;
            mine.Token = null;
            await Drop(connection.Id, stop);
        }
        finally
        {
            mine.Turn.Release();
        }
    }

    static T Set<T>(Func<T> made)
    {
        try
        {
            return made();
        }
        catch (Refusal refusal)
        {
            throw new CloudFaultException(CloudFault.Setting, $"{refusal.Arguments.FirstOrDefault()}");
        }
    }

    async Task<Token> Fetch(IHandsOutTokens provider, CloudRequest asking, string mark, CancellationToken stop)
    {
        var answer = await door.Ask(asking, AnswerLimits.Order, stop);
        if (!answer.IsGood)
            throw new CloudFaultException(answer.Status switch
            {
                // 400 is what RFC 6749 answers to a grant that holds no more.
                400 or 401 => CloudFault.Unauthorized,
                403 => CloudFault.NotPermitted,
                429 => CloudFault.Limited,
                >= 500 => CloudFault.Broken,
                _ => CloudFault.Refused,
            }, CloudDoor.SaidIn(answer.Body))
            { RetryAfter = answer.RetryAfter };
        try
        {
            var told = JsonPart.Of(answer);
            var text = told["access_token"].Text(TextMax)
                ?? throw (provider.WhyNoToken(told) is { } said ? new CloudFaultException(CloudFault.Unauthorized, said) : new UnreadableException("access_token is missing"));
            var lasts = told.Number("expires_in") is > 0 and var seconds ? TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds)) : provider.TokenLasts;
            return new Token(text, mark, clock.GetUtcNow() + lasts);
        }
        catch (UnreadableException e)
        {
            throw new CloudFaultException(CloudFault.Unreadable, e.Message);
        }
    }

    async Task<Token?> Kept(string connection, CancellationToken stop)
    {
        var row = await db.Read(tx => tx.Maybe<Row>("select credentials, token, ends_at from access_tokens where connection = @connection", new { connection }), stop);
        try
        {
            return row is null ? null : new Token(protector.Unprotect(row.token), row.credentials, DateTimeOffset.FromUnixTimeMilliseconds(row.ends_at));
        }
        catch (CryptographicException)
        {
            return null; // of a database that was restored without its keys
        }
    }

    Task Keep(string connection, Token token, CancellationToken stop)
    {
        var row = new { connection, credentials = token.Mark, token = protector.Protect(token.Text), ends_at = token.EndsAt.ToUnixTimeMilliseconds() };
        return db.Write(tx => tx.Run(
            """
            insert into access_tokens (connection, credentials, token, ends_at) values (@connection, @credentials, @token, @ends_at)
            on conflict (connection) do update set credentials = excluded.credentials, token = excluded.token, ends_at = excluded.ends_at
            """, row), stop);
    }

    Task Drop(string connection, CancellationToken stop) => db.Write(tx => tx.Run("delete from access_tokens where connection = @connection", new { connection }), stop);

    /// <summary>Other credentials, another token.</summary>
    static string MarkOf(CloudRequest asking) => Convert.ToBase64String(SHA256.HashData(
        Encoding.UTF8.GetBytes($"{asking.Address}\n{asking.Body}\n{string.Join('\n', asking.Headers.Select(header => $"{header.Key}: {header.Value}"))}")));

    sealed record Token(string Text, string Mark, DateTimeOffset EndsAt)
    {
        public bool Serves(string mark, DateTimeOffset now) => Mark == mark && EndsAt - now > Margin;
    }

    sealed class Held
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public Token? Token { get; set; }
    }

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public string credentials { get; init; } = "";
        public string token { get; init; } = "";
        public long ends_at { get; init; }
    }
}
