using CallCenter.Teams;

namespace CallCenter.Tests.Teams;

public sealed class WrittenHoursTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("9-14", "09:00-14:00")]
    [InlineData("09:00-14:00, 16:00-19:30", "09:00-14:00, 16:00-19:30")]
    [InlineData(" 9:00 – 14:00 ; 16:00-24:00 ", "09:00-14:00, 16:00-00:00")]
    [InlineData("24h", "24 h")]
    [InlineData("0:00-24:00", "24 h")]
    public void Hours_are_read_as_people_write_them(string text, string written)
    {
        var read = WrittenHours.Read(text);
        Assert.Equal(written, WrittenHours.Write(read));
        Assert.Equal(read, WrittenHours.Read(written));
    }

    [Theory, InlineData("9 a 14"), InlineData("09:00"), InlineData("25:00-26:00"), InlineData("9-14-16"), InlineData("cerrado")]
    public void What_is_no_stretch_of_a_day_is_named(string text)
    {
        var refusal = Assert.Throws<Refusal>(() => WrittenHours.Read(text));
        Assert.Equal(("team.hours-text", text), (refusal.Code, refusal.Arguments[0]));
    }
}
