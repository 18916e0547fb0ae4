namespace CallCenter.Figures;

/// <summary>How many people a half hour or hour needs, by Erlang C (product.md C.8). It supposes that nobody hangs up and that calls come at random.</summary>
/// <param name="Calls">Offered in the interval.</param>
/// <param name="HandlingSeconds">That a call takes whoever answers it, on average.</param>
public sealed record Demand(double Calls, double HandlingSeconds, TimeSpan Interval)
{
    /// <summary>People busy at once on average, in erlangs.</summary>
    public double Load => Calls * HandlingSeconds / Interval.TotalSeconds;
}

/// <summary>What is to be reached.</summary>
/// <param name="Share">Of calls answered within <paramref name="Seconds"/>; 0.8 is four in five.</param>
/// <param name="Occupancy">Nobody is on the telephone for more than this share of the time.</param>
/// <param name="Shrinkage">Share of paid time that goes to breaks, training and absence.</param>
public sealed record StaffingTarget(double Share = 0.8, double Seconds = 20, double Occupancy = 0.85, double Shrinkage = 0.3)
{
    public static readonly StaffingTarget Default = new();
}

/// <summary>So many people, and what comes of it.</summary>
/// <param name="Waiting">Share of calls that are not answered at once.</param>
/// <param name="Level">Share of calls that are answered within the target's time.</param>
/// <param name="MeanWait">Seconds.</param>
/// <param name="Scheduled">People to plan for so many to be there.</param>
public sealed record Staffing(int People, double Waiting, double Level, double MeanWait, double Occupancy, int Scheduled)
{
    /// <summary>More are not looked for; the largest phone room has five hundred.</summary>
    public const int PeopleMax = 2000;

    /// <summary>The smallest number that reaches the target; nobody where nobody calls, null where it would take more than <see cref="PeopleMax"/>.</summary>
    public static Staffing? Needed(Demand demand, StaffingTarget target)
    {
        if (demand.Load <= 0) return new(0, 0, 1, 0, 0, 0);
        for (var people = (int)Math.Floor(demand.Load) + 1; people <= PeopleMax; people++)
            if (With(people, demand, target) is { } staffing && staffing.Level >= target.Share && staffing.Occupancy <= target.Occupancy) return staffing;
        return null;
    }

    /// <summary>What so many people make of it; null when they are too few to ever catch up.</summary>
    public static Staffing? With(int people, Demand demand, StaffingTarget target)
    {
        var load = demand.Load;
        if (people <= load) return null;
        if (load <= 0) return new(people, 0, 1, 0, 0, ToSchedule(people, target));
        var waiting = ProbabilityOfWaiting(people, load);
        return new(people, waiting, 1 - waiting * Math.Exp(-(people - load) * target.Seconds / demand.HandlingSeconds), waiting * demand.HandlingSeconds / (people - load), load / people, ToSchedule(people, target));
    }

    /// <summary>Erlang C by way of Erlang B, whose recursion neither overflows nor loses digits.</summary>
    static double ProbabilityOfWaiting(int people, double load)
    {
        var blocked = 1.0;
        for (var k = 1; k <= people; k++) blocked = load * blocked / (k + load * blocked);
        return people * blocked / (people - load * (1 - blocked));
    }

    static int ToSchedule(int people, StaffingTarget target) => (int)Math.Ceiling(people / (1 - target.Shrinkage) - 1e-9);
}
