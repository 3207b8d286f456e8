import xml.dom.minidom
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

feed = """<?xml version="1.0"?>
<catalog xmlns:x="urn:extra">
  <book id="b1" x:hot="yes"><title>XML &amp; you</title><price currency="EUR">9.50</price></book>
  <book id="b2"><title>Été</title><price currency="USD">12</price><!-- sold out --></book>
  <cd id="c1"><title><![CDATA[<Loud>]]></title></cd>
</catalog>"""
root = ET.fromstring(feed)
for book in root.findall("book"):
    print(book.get("id"), book.findtext("title"), float(book.find("price").text), book.find("price").attrib, book.get("{urn:extra}hot"))
print([e.text for e in root.iterfind(".//title")], root.find("book[@id='b2']/title").text, root.find("cd/price"))
new = ET.SubElement(root, "book", id="b3")
ET.SubElement(new, "title").text = "New <one>"
root.remove(root.find("cd"))
for price in root.iter("price"):
    price.text = f"{float(price.text) * 1.1:.2f}"
ET.indent(root)
print(ET.tostring(root, encoding="unicode"))
try:
    ET.fromstring("<a><b></a>")
except ET.ParseError as error:
    print(error, error.position)
for event, element in ET.iterparse(__import__("io").StringIO(feed), ("start", "end")):
    print(event[0], element.tag, end="; ")
print()
print(xml.dom.minidom.parseString("<a><b c='1'>t</b></a>").toprettyxml(indent=" "))
print(escape("<a & b>"), quoteattr('say "hi"'))
