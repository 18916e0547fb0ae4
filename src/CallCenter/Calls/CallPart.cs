using CallCenter.Live;

namespace CallCenter.Calls;

/// <summary>
/// A part of a call's page that another slice adds, because calls know no other slice: what the phone system sent, whose
/// number it is, which quotes came of it.
/// </summary>
/// <param name="Name">Its word in the address; the title is the sentence <c>CallPart.{Name}</c>.</param>
/// <param name="Component">Takes the call's id as <c>CallId</c>, and asks for itself what may be seen.</param>
/// <param name="IsFor">Who finds it on the page.</param>
/// <param name="IsAbove">Always seen, beneath the number; else it is one of the parts to choose from.</param>
sealed record CallPart(string Name, Type Component, Func<ISight, bool> IsFor, bool IsAbove = false);
