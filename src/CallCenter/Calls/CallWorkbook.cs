using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Calls;

/// <summary>
/// Calls as a spreadsheet for people: their language, times in their zone, durations that can be summed; a last sheet says
/// what was asked, in which zone, and when.
/// </summary>
sealed class CallWorkbook(IStringLocalizer<Words> words, TimeZoneInfo zone, IPhoneSystems phones, ITeamNames teams, ICustomerNames customers)
{
    public async Task Write(Stream to, IAsyncEnumerable<NamedCall> calls, CallFilter filter, DateTimeOffset now, CancellationToken stop)
    {
        await using var book = await Xlsx.Begin(to, stop);
        await book.Sheet(words["Llamadas"], [.. Columns().Select(column => (column.Title, column.Width))]);
        var of = Columns().Select(column => column.Of).ToList();
        var count = 0L;
        await foreach (var call in calls.WithCancellation(stop))
        {
            await book.Row(of.Select(cell => cell(call)));
            count++;
        }

        await book.Sheet(words["Sobre este archivo"], [(words["Qué"], 28), (words["Valor"], 60)]);
        await book.Row([words["Llamadas"].Value, count]);
        await book.Row([words["Hora de los datos"].Value, Local(now)]);
        await book.Row([words["Zona horaria"].Value, zone.Id]);
        if (filter.From is { } from) await book.Row([words["Desde"].Value, Local(from)]);
        if (filter.Until is { } until) await book.Row([words["Antes de"].Value, Local(until)]);
        foreach (var (_, what, asked) in words.Conditions(filter, phones, teams, (await customers.Of([filter.CustomerId], stop)).Values.FirstOrDefault())) await book.Row([what, asked]);
        await book.Finish();
    }

    IEnumerable<(string Title, int Width, Func<NamedCall, object?> Of)> Columns() =>
    [
        (words["Inicio"], 20, one => Local(one.Call.StartedAt)),
        (words["Estado"], 22, one => words.StateOf(one.Call)),
        (words["Sentido"], 11, one => words.Name(one.Call.Direction)),
        (words["Cliente"], 30, one => one.Customer),
        (words["Número"], 18, one => one.Call.CustomerNumber ?? words.Party(one.Call, phones.HomeCountry(one.Call.Connection))),
        (words["Nombre"], 26, one => one.Call.CallerName),
        (words["Línea"], 16, one => one.Call.Line),
        (words["Cola"], 16, one => one.Call.Queue),
        (words["Operador"], 16, one => one.Call.Operator),
        (words["Espera"], 10, one => Time(one.Call.WaitSeconds)),
        (words["Timbre"], 10, one => Time(one.Call.RingSeconds)),
        (words["Conversación"], 13, one => Time(one.Call.TalkSeconds)),
        (words["Retención"], 11, one => Time(one.Call.HoldSeconds)),
        (words["Fin"], 20, one => one.Call.EndedAt is { } end ? Local(end) : null),
        (words["Perdida"], 9, one => one.Call.Missed ? words["sí"].Value : words["no"].Value),
        (words["Motivo"], 30, one => one.Call.MissedReason is { } reason ? words.Name(reason) : null),
        (words["Recuperación"], 22, one => one.Call.Standing is { } standing ? words.Name(standing) : null),
        (words["Tiempo de recuperación"], 14, one => Time(one.Call.RecoverySeconds)),
        (words["Segundos de recuperación"], 14, one => one.Call.RecoverySeconds),
        (words["Intentos"], 9, one => one.Call.Attempts.Count),
        (words["Transferencias"], 9, one => one.Call.Transfers.Count),
        (words["Buzón de voz"], 9, one => one.Call.Voicemail ? words["sí"].Value : words["no"].Value),
        (words["Integración"], 22, one => phones.NameOf(one.Call.Connection)),
        (words["Llamada n.º"], 11, one => one.Call.Id),
        (words["Id. en la centralita"], 26, one => one.Call.ProviderCallId),
    ];

    DateTime Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, zone).DateTime;

    static TimeSpan? Time(double? seconds) => seconds is { } some ? TimeSpan.FromSeconds(some) : null;
}
