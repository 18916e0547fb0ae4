namespace CallCenter.Web;

/// <summary>The words of an address for the values of an enum, in their order.</summary>
sealed class Spelling<T>(params string[] words) where T : struct, Enum
{
    readonly Dictionary<string, T> values = words.Zip(Enum.GetValues<T>()).ToDictionary(pair => pair.First, pair => pair.Second);

    public T? Read(string? word) => word is not null && values.TryGetValue(word, out var value) ? value : null;

    public string Of(T value) => words[Array.IndexOf(Enum.GetValues<T>(), value)];
}
