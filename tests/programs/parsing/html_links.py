from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit


class Links(HTMLParser):
    def __init__(self, base):
        super().__init__()
        self.base, self.links, self.text, self.depth = base, [], [], 0

    def handle_starttag(self, tag, attributes):
        self.depth += tag not in ("br", "img")
        attributes = dict(attributes)
        if tag == "a" and "href" in attributes:
            self.links.append(urljoin(self.base, attributes["href"]))

    def handle_endtag(self, tag):
        self.depth -= 1

    def handle_data(self, data):
        if data.strip():
            self.text.append((self.depth, data.strip()))


page = """<!doctype html><html><body><h1>A &amp; B</h1><p>See <a href="/docs/?q=1&amp;r=2">docs</a>,
<a href='page2.html#top'>next</a><br><a name=x>none</a> <a href="//cdn.test/x.js">cdn</a><!-- no --></p></body></html>"""
parser = Links("https://example.org/blog/post.html")
parser.feed(page)
print(parser.links, parser.text, parser.depth)
parts = urlsplit("https://user:p%40ss@Example.org:8443/a/b;c?x=1&y=a%20b&x=2#frag")
print(parts.hostname, parts.port, parts.username, unquote(parts.password), parts.path, parse_qs(parts.query), parse_qsl("a=&b", keep_blank_values=True))
print(urlencode({"q": "é & ü", "list": [1, 2]}, doseq=True), quote("a/b c?d"), quote("a/b", safe=""), urlunsplit(parts._replace(netloc="h", fragment="")))
for reference in ("../x", "./y?z", "?q", "#f", "http:g", "//other/p", ""):
    print(repr(reference), urljoin("http://a/b/c/d?e", reference))
try:
    urlsplit("http://[::1/")
except ValueError as error:
    print(error)
try:
    urlsplit("http://h:99999").port
except ValueError as error:
    print(error)
