using Xunit.Sdk;
using Xunit.v3;

[assembly: TestPipelineStartup(typeof(CallCenter.Tests.TestRun))]

namespace CallCenter.Tests;

/// <summary>
/// What was started once for all tests is stopped with the last of them. Left to the end of the process, the runner loses
/// patience after ten seconds, calls the run failed and leaves a PostgreSQL behind.
/// </summary>
sealed class TestRun : ITestPipelineStartup
{
    public ValueTask StartAsync(IMessageSink diagnosticMessageSink) => ValueTask.CompletedTask;

    public ValueTask StopAsync()
    {
        TestPostgres.StopShared();
        return ValueTask.CompletedTask;
    }
}
