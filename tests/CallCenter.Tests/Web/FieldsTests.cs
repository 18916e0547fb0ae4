using CallCenter.Web;
using Microsoft.AspNetCore.Components;

namespace CallCenter.Tests.Web;

public sealed class FieldsTests
{
    [Fact]
    public void The_cursor_waits_for_what_is_not_drawn_yet() => Assert.False(default(ElementReference).TryFocus());
}
