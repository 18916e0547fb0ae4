using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Calls;

/// <summary>
/// Calls as a spreadsheet for people: their language, times in their zone, durations that can be summed; a last sheet says
/// what was asked, in which zone, and when.
/// </summary>
sealed class CallWorkbook(IStringLocalizer<Words> words, TimeZoneInfo zone, IPhoneSystems phones, ITeamNames teams)
{
    public async Task Write(Stream to, IAsyncEnumerable<Call> calls, CallFilter filter, DateTimeOffset now, CancellationToken stop)
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
        foreach (var (_, what, asked) in words.Conditions(filter, phones, teams)) await book.Row([what, asked]);
        await book.Finish();
    }

    IEnumerable<(string Title, int Width, Func<Call, object?> Of)> Columns() =>
    [
        (words["Inicio"], 20, call => Local(call.StartedAt)),
        (words["Estado"], 22, words.StateOf),
        (words["Sentido"], 11, call => words.Name(call.Direction)),
        (words["Número"], 18, call => call.CustomerNumber ?? words.Party(call, phones.HomeCountry(call.Connection))),
        (words["Nombre"], 26, call => call.CallerName),
        (words["Línea"], 16, call => call.Line),
        (words["Cola"], 16, call => call.Queue),
        (words["Operador"], 16, call => call.Operator),
        (words["Espera"], 10, call => Time(call.WaitSeconds)),
        (words["Timbre"], 10, call => Time(call.RingSeconds)),
        (words["Conversación"], 13, call => Time(call.TalkSeconds)),
        (words["Retención"], 11, call => Time(call.HoldSeconds)),
        (words["Fin"], 20, call => call.EndedAt is { } end ? Local(end) : null),
        (words["Perdida"], 9, call => call.Missed ? words["sí"].Value : words["no"].Value),
        (words["Motivo"], 30, call => call.MissedReason is { } reason ? words.Name(reason) : null),
        (words["Recuperación"], 22, call => call.Standing is { } standing ? words.Name(standing) : null),
        (words["Tiempo de recuperación"], 14, call => Time(call.RecoverySeconds)),
        (words["Segundos de recuperación"], 14, call => call.RecoverySeconds),
        (words["Intentos"], 9, call => call.Attempts.Count),
        (words["Transferencias"], 9, call => call.Transfers.Count),
        (words["Buzón de voz"], 9, call => call.Voicemail ? words["sí"].Value : words["no"].Value),
        (words["Integración"], 22, call => phones.NameOf(call.Connection)),
        (words["Llamada n.º"], 11, call => call.Id),
        (words["Id. en la centralita"], 26, call => call.ProviderCallId),
    ];

    DateTime Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, zone).DateTime;

    static TimeSpan? Time(double? seconds) => seconds is { } some ? TimeSpan.FromSeconds(some) : null;
}
