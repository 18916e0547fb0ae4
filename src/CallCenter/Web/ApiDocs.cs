using CallCenter.Calls;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace CallCenter.Web;

/// <summary>What the API says of itself: <c>/openapi/v1.json</c>, and a page to read and try it at <c>/api/docs</c>. Nothing of it comes from elsewhere.</summary>
static class ApiDocs
{
    const string BearerName = "api_key";

    public static void Add(IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => CallJson.Apply(json.SerializerOptions));
        services.AddOpenApi("v1", openApi =>
        {
            openApi.ShouldInclude = described => described.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
            openApi.AddOperationTransformer((operation, _, _) =>
            {
                foreach (var parameter in operation.Parameters ?? [])
                    if (parameter is { Name: { } name, Schema: OpenApiSchema schema } && Parameters.TryGetValue(name, out var describe)) describe(schema);
                return Task.CompletedTask;
            });
            openApi.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "WiseParts Call Center",
                    Version = "v1",
                    Description =
                        """
                        Calls of the company's phone systems, from the first ring on. A program shows a key that an administrator made
                        (`Authorization: Bearer cc_...`); its scopes say what it may read. Times are UTC, ISO 8601 with milliseconds; durations are
                        seconds with fractions; numbers of customers are E.164. What goes wrong is answered as problem details (RFC 9457) with a
                        sentence that says what to do.
                        """,
                };
                document.Servers = []; // the address this document came from
                document.AddComponent<IOpenApiSecurityScheme>(BearerName, new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "A key made under API keys or with `callcenter key add --name N --scope calls:read`",
                });
                document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerName, document)] = [] }];
                return Task.CompletedTask;
            });
        });
    }

    /// <summary>Conditions arrive as text, so that what is wrong with them can be said in a sentence; here is what the text may be.</summary>
    static readonly Dictionary<string, Action<OpenApiSchema>> Parameters = new()
    {
        ["from"] = schema => schema.Format = "date-time",
        ["until"] = schema => schema.Format = "date-time",
        ["direction"] = OneOf(Direction.Inbound, Direction.Outbound, Direction.Internal),
        ["outcome"] = OneOf(Enum.GetValues<CallOutcome>()),
        ["state"] = OneOf(Enum.GetValues<CallState>()),
        ["missed"] = schema => schema.Type = JsonSchemaType.Boolean,
        ["alive"] = schema => schema.Type = JsonSchemaType.Boolean,
        ["limit"] = schema => (schema.Type, schema.Minimum, schema.Maximum) = (JsonSchemaType.Integer, "1", $"{CallLog.PageMax}"),
    };

    static Action<OpenApiSchema> OneOf<T>(params T[] values) where T : struct, Enum => schema =>
        schema.Enum = [.. values.Select(value => System.Text.Json.JsonSerializer.SerializeToNode(value, CallJson.Options)!)];

    public static void Map(WebApplication app)
    {
        app.MapOpenApi();
        app.MapScalarApiReference("/api/docs", page =>
        {
            page.Title = "WiseParts Call Center API";
            page.WithOpenApiRoutePattern("/openapi/{documentName}.json").WithNonce();
            (page.DefaultFonts, page.Telemetry, page.HideClientButton) = (false, false, true);
            page.ShowDeveloperTools = DeveloperToolsVisibility.Never;
            page.Agent = new ScalarAgentOptions { Disabled = true };
            page.Mcp = new ScalarMcpOptions { Disabled = true };
        }).AddEndpointFilter(AllowItsScripts);
    }

    /// <summary>The page's own script draws with inline styles; its scripts carry a number used once.</summary>
    static ValueTask<object?> AllowItsScripts(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        http.Response.OnStarting(() =>
        {
            var nonce = http.Items.TryGetValue(ScalarOptions.NonceHttpContextItemKey, out var value) ? $" 'nonce-{value}'" : "";
            http.Response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; script-src 'self'{nonce}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
                + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
