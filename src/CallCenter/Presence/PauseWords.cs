namespace CallCenter.Presence;

/// <summary>Why somebody pauses, in one word for phone systems, and read from theirs.</summary>
static class PauseWords
{
    static readonly (PauseReason Reason, string[] Known)[] All =
    [
        (PauseReason.Break, ["break", "descanso", "pausa", "cafe", "café", "coffee"]),
        (PauseReason.Lunch, ["lunch", "comida", "almuerzo", "meal"]),
        (PauseReason.Paperwork, ["paperwork", "papeleo", "tareas", "gestion", "gestión", "administrativo", "admin"]),
        (PauseReason.Training, ["training", "formacion", "formación"]),
    ];

    public static string Write(PauseReason reason) => $"{reason}";

    /// <summary>What nobody knows is another reason.</summary>
    public static PauseReason Read(string said) => All.FirstOrDefault(one => one.Known.Contains(said.Trim(), StringComparer.OrdinalIgnoreCase), (PauseReason.Other, [])).Item1;
}
