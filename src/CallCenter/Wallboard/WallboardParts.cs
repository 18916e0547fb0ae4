namespace CallCenter.Wallboard;

static class WallboardParts
{
    public static IServiceCollection AddWallboard(this IServiceCollection services) => services.AddSingleton<BoardDesk>().AddSingleton<KioskLinks>();
}
