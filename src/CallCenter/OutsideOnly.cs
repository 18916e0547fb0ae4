using System.Net;
using System.Net.Sockets;

namespace CallCenter;

/// <summary>The address is inside the house, where nobody from outside may make us knock.</summary>
sealed class InsideAddressException() : IOException("the address is not one of the public internet");

/// <summary>
/// Opens connections to the public internet only. Every address that a name leads to is looked at when the connection is made,
/// not when the name was written down: names can be made to lead elsewhere later.
/// </summary>
static class OutsideOnly
{
    // https://www.iana.org/assignments/iana-ipv4-special-registry: all that is not reachable globally, and multicast.
    static readonly IPNetwork[] InsideV4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        }.Select(IPNetwork.Parse),
    ];

    // Of IPv6 only this is given out; within it, ways that lead to IPv4 addresses, and what is kept for examples.
    static readonly IPNetwork OutsideV6 = IPNetwork.Parse("2000::/3");
    static readonly IPNetwork[] InsideV6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    public static bool Allows(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !InsideV4.Any(inside => inside.Contains(address)),
        // IPv4 in the clothes of IPv6 has no place in a public name. Said by itself, because IPNetwork finds it in networks that it is not in.
        AddressFamily.InterNetworkV6 => !address.IsIPv4MappedToIPv6 && OutsideV6.Contains(address) && !InsideV6.Any(inside => inside.Contains(address)),
        _ => false,
    };

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="InsideAddressException">One of the addresses is inside.</exception>
    public static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, stop);
        if (!addresses.All(Allows)) throw new InsideAddressException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
