namespace CallCenter.Recovery;

/// <summary>Says what is offered to customers and may still be ordered. The slice that sells answers.</summary>
interface IOpenQuotes
{
    /// <summary>SQL of what stands open for the customer of a call <c>c</c>, in cents without tax; zero where the call is nobody's.</summary>
    string CentsInSql { get; }
}
