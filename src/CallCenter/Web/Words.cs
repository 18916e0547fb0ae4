namespace CallCenter.Web;

/// <summary>
/// The sentences of the screens. The key is the Spanish text, so that a page can be read; <c>Words.resx</c> holds it for
/// Spanish, <c>Words.en.resx</c> for English. Refusals are found by their code.
/// </summary>
public sealed class Words;
