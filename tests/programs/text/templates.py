import string
import html
from string import Template

letter = Template("Dear $name,\nyour balance is ${currency}$amount.\nCosts: $$5\n")
print(letter.substitute(name="Ana", currency="€", amount=12.5))
print(letter.safe_substitute(name="Bo"))
try:
    letter.substitute(name="Bo")
except KeyError as error:
    print("missing", error)
print(letter.get_identifiers(), letter.is_valid())


class Percent(Template):
    delimiter = "%"
    idpattern = "[a-z]+_[a-z]+"


print(Percent("%first_name %last %%").safe_substitute(first_name="Cy"))


class Upper(string.Formatter):
    def convert_field(self, value, conversion):
        return str(value).upper() if conversion == "u" else super().convert_field(value, conversion)

    def get_value(self, key, args, kwargs):
        return kwargs.get(key, f"<{key}>") if isinstance(key, str) else args[key]


print(Upper().format("{0!u} {name!u} {missing} {0:>6}", "abc", name="x"))
print("{0.real} {1[key]} {2[0]}".format(3 + 4j, {"key": "v"}, "xyz"), "{:{w}.{p}f}".format(3.14159, w=10, p=2))
page = "<ul>{}</ul>".format("".join(f"<li>{html.escape(i)}</li>" for i in ("a<b", "c&d", '"e"')))
print(page, html.unescape("&lt;&eacute;&#x1F40D;&amp;&nbsp;|").encode())
