using CallCenter.Live;

namespace CallCenter.Customers;

/// <summary>A part of a customer's card that another slice adds, because customers know no other slice: quotes, orders.</summary>
/// <param name="Name">The title is the sentence <c>CustomerPart.{Name}</c>.</param>
/// <param name="Component">Takes the customer's id as <c>CustomerId</c>, and asks for itself what may be seen.</param>
/// <param name="IsFor">Who finds it on the card.</param>
sealed record CustomerPart(string Name, Type Component, Func<ISight, bool> IsFor);
