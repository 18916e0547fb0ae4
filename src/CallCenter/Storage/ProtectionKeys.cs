using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace CallCenter.Storage;

/// <summary>Data Protection's key ring, in the database, so that all nodes and a restored backup read the same secrets.</summary>
sealed class ProtectionKeys(Db db) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() =>
        db.Read(tx => tx.List<string>("select xml from protection_keys")).GetAwaiter().GetResult().ConvertAll(XElement.Parse);

    public void StoreElement(XElement element, string friendlyName) =>
        db.Write(tx => tx.Run(
            "insert into protection_keys (name, xml) values (@friendlyName, @xml) on conflict (name) do update set xml = excluded.xml",
            new { friendlyName, xml = element.ToString(SaveOptions.DisableFormatting) })).GetAwaiter().GetResult();
}
