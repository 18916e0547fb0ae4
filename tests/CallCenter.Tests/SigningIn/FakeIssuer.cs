using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CallCenter.Tests.SigningIn;

/// <summary>An OpenID provider on loopback that recognises whoever the test says: discovery, keys, authorization with PKCE, tokens.</summary>
sealed class FakeIssuer : IAsyncDisposable
{
    public const string Client = "callcenter", Secret = "the-clients-secret";

    readonly WebApplication app;
    readonly RsaSecurityKey key = new(RSA.Create(2048)) { KeyId = "k1" };
    readonly ConcurrentDictionary<string, (string Nonce, string Challenge, string RedirectUri)> asked = new();

    FakeIssuer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    /// <summary>What the next token says of the person.</summary>
    public Dictionary<string, object> Claims { get; } = [];

    /// <summary>Signs with a key that it does not publish.</summary>
    public bool IsForged { get; set; }

    public static async Task<FakeIssuer> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var issuer = new FakeIssuer(builder.Build());
        issuer.Map();
        await issuer.app.StartAsync();
        return issuer;
    }

    void Map()
    {
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new
        {
            issuer = Address.AbsoluteUri,
            authorization_endpoint = $"{Address}authorize",
            token_endpoint = $"{Address}token",
            jwks_uri = $"{Address}keys",
            response_types_supported = new[] { "code" },
            subject_types_supported = new[] { "public" },
            id_token_signing_alg_values_supported = new[] { "RS256" },
        }));
        app.MapGet("/keys", () =>
        {
            var published = key.Rsa.ExportParameters(includePrivateParameters: false);
            return Results.Json(new { keys = new[] { new { kty = "RSA", use = "sig", alg = "RS256", kid = "k1", n = Base64UrlEncoder.Encode(published.Modulus!), e = Base64UrlEncoder.Encode(published.Exponent!) } } });
        });
        app.MapGet("/authorize", (string client_id, string redirect_uri, string state, string nonce, string code_challenge, string code_challenge_method, string scope) =>
        {
            if (client_id != Client || code_challenge_method != "S256" || !scope.Contains("openid")) return Results.BadRequest();
            var code = Guid.NewGuid().ToString("n");
            asked[code] = (nonce, code_challenge, redirect_uri);
            return Results.Redirect($"{redirect_uri}?code={code}&state={Uri.EscapeDataString(state)}");
        });
        app.MapPost("/token", async (HttpRequest request) =>
        {
            var form = await request.ReadFormAsync();
            if (form["client_secret"] != Secret || !asked.TryRemove($"{form["code"]}", out var wish) || form["redirect_uri"] != wish.RedirectUri
                || Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes($"{form["code_verifier"]}"))) != wish.Challenge)
                return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
            var signing = IsForged ? new RsaSecurityKey(RSA.Create(2048)) { KeyId = "k1" } : key;
            return Results.Json(new
            {
                access_token = "a",
                token_type = "Bearer",
                expires_in = 300,
                id_token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
                {
                    Issuer = Address.AbsoluteUri,
                    Audience = Client,
                    Expires = DateTime.UtcNow.AddMinutes(5),
                    Claims = new Dictionary<string, object>(Claims) { ["nonce"] = wish.Nonce },
                    SigningCredentials = new SigningCredentials(signing, SecurityAlgorithms.RsaSha256),
                }),
            });
        });
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.Rsa.Dispose();
    }
}
