using System.Xml.Linq;

namespace CallCenter.Tests.Teams.Routing;

/// <summary>What may stand in an element of a phone system's instructions.</summary>
sealed record Element(string[] Inside, params string[] Attributes);

/// <summary>The grammar of a phone system's instructions, as its documentation has it.</summary>
sealed class Markup : Dictionary<string, Element>
{
    /// <summary>The document, in which there is nothing but what the grammar allows.</summary>
    public XElement Read(string text)
    {
        var document = XDocument.Parse(text).Root!;
        Assert.Equal("Response", document.Name.LocalName);
        Check(document);
        return document;
    }

    void Check(XElement element)
    {
        Assert.True(TryGetValue(element.Name.LocalName, out var allowed), $"<{element.Name}> is none of its elements");
        Assert.Empty(element.Attributes().Select(attribute => attribute.Name.LocalName).Except(allowed.Attributes));
        Assert.Empty(element.Elements().Select(inner => inner.Name.LocalName).Except(allowed.Inside));
        if (allowed.Inside.Length > 0) Assert.True(element.Nodes().All(node => node is XElement), $"there is text in <{element.Name}>");
        foreach (var inner in element.Elements()) Check(inner);
    }
}
