using System.Net;
using System.Text.RegularExpressions;

namespace CallCenter.Tests.SigningIn;

/// <summary>A browser without a screen: keeps cookies, fills in and sends the forms of pages, follows nothing by itself.</summary>
sealed partial class Visitor(WebHouse house) : IDisposable
{
    readonly HttpClient client = house.NewClient(cookies: true);

    public HttpClient Client => client;

    public Task<HttpResponseMessage> Get(string address) => client.GetAsync(address);

    public async Task<string> Page(string address)
    {
        var answer = await client.GetAsync(address);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Opens the page and sends its form with these fields and all that the page had filled in itself.</summary>
    public async Task<HttpResponseMessage> Send(string address, params (string Name, string Value)[] fields)
    {
        var page = await Page(address);
        var hidden = Hidden().Matches(page).Select(found => (Name: Attribute(found.Value, "name"), Value: WebUtility.HtmlDecode(Attribute(found.Value, "value"))));
        return await client.PostAsync(address, new FormUrlEncodedContent(hidden.Concat(fields).DistinctBy(field => field.Name).Select(field => KeyValuePair.Create(field.Name, field.Value))));
    }

    public Task<HttpResponseMessage> SignIn(string email, string password) => Send("/entrar", ("Form.Email", email), ("Form.Password", password));

    public async Task<bool> IsSignedIn() => (await client.GetAsync("/mi-cuenta")).StatusCode == HttpStatusCode.OK;

    public void Dispose() => client.Dispose();

    static string Attribute(string tag, string name) => Regex.Match(tag, $"\\b{name}=\"([^\"]*)\"").Groups[1].Value;

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>")]
    private static partial Regex Hidden();
}
