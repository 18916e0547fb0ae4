namespace CallCenter.Recovery;

/// <summary>Says what a customer who waits for a call is worth, as SQL about a call <c>c</c>. The slice that sells answers.</summary>
interface ICustomerWorth
{
    /// <summary>What is offered to him and may still be ordered, in cents without tax; zero where the call is nobody's.</summary>
    string QuotesInSql { get; }

    /// <summary>What he orders for on average, in cents without tax; null where he never did.</summary>
    string MeanOrderInSql { get; }

    /// <summary>What kind of customer he is; null where it is not said.</summary>
    string SegmentInSql { get; }
}
