using CallCenter.Calls;
using CallCenter.Desk.Pages;

namespace CallCenter.Desk;

static class DeskParts
{
    public static IServiceCollection AddDesk(this IServiceCollection services) => services
        .AddSingleton<DeskNews>().AddSingleton<CallBarBook>().AddSingleton<CallResults>()
        .AddSingleton<CallNotes>().AddSingleton<ICallWitness, MergedNotes>()
        .AddSingleton(new CallPart("notas", typeof(CallNotesPart), _ => true));
}
