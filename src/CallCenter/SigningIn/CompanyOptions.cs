using CallCenter.Teams;

namespace CallCenter.SigningIn;

/// <summary>The company's own sign-in, by OpenID Connect Core 1.0, and what its claims mean here.</summary>
/// <param name="Authority">The issuer's address; <c>/.well-known/openid-configuration</c> is read below it.</param>
/// <param name="Name">What the button on the sign-in page calls it.</param>
/// <param name="RoleClaim">The claim whose values <paramref name="Roles"/> translates.</param>
/// <param name="Roles">By value of the claim. When it is empty roles are given here, and only people who are known come in.</param>
/// <param name="TrustsEmail">The issuer does not say whether an address is verified, and only knows the company's own.</param>
public sealed record CompanyOptions(
    Uri Authority, string ClientId, string? ClientSecret, string Name, string RoleClaim, IReadOnlyDictionary<string, Role> Roles, bool TrustsEmail)
{
    const string DefaultRoleClaim = "roles";

    /// <summary>As <c>CALLCENTER_OIDC_*</c> say it; null when no authority is named.</summary>
    /// <param name="value">Of a variable, by its name without what all begin with.</param>
    /// <exception cref="Refusal">What is configured cannot be used.</exception>
    public static CompanyOptions? Read(Func<string, string?> value)
    {
        if (value("AUTHORITY") is not { Length: > 0 } authority) return null;
        // Over plain HTTP anybody on the way could sign in as anybody; on this machine there is no way.
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var address) || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
            throw new Refusal(RefusalKind.Invalid, "oidc.authority", authority);
        if (value("CLIENT_ID") is not { Length: > 0 } client) throw new Refusal(RefusalKind.Invalid, "oidc.client");
        return new CompanyOptions(
            address, client, value("CLIENT_SECRET") is { Length: > 0 } secret ? secret : null, value("NAME") is { Length: > 0 } name ? name : address.Host,
            value("ROLE_CLAIM") is { Length: > 0 } claim ? claim : DefaultRoleClaim, RolesOf(value("ROLES") ?? ""), value("TRUST_EMAIL") is "1" or "true");
    }

    /// <summary><c>value=role</c>, several with commas between.</summary>
    static Dictionary<string, Role> RolesOf(string text)
    {
        var roles = new Dictionary<string, Role>(StringComparer.Ordinal);
        foreach (var pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = pair.LastIndexOf('=');
            if (equals < 1 || !Enum.TryParse<Role>(pair[(equals + 1)..].Trim(), ignoreCase: true, out var role) || !Enum.IsDefined(role))
                throw new Refusal(RefusalKind.Invalid, "oidc.roles", pair);
            roles[pair[..equals].Trim()] = role;
        }

        return roles;
    }
}
