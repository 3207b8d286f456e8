import textwrap
import unicodedata

text = "The quick brown fox jumps over the lazy dog. " * 4
print(textwrap.fill(text, 40, initial_indent="* ", subsequent_indent="  "))
print(textwrap.shorten(text, 50, placeholder=" [...]"))
print(textwrap.dedent("""
    def f():
        return 1
      """).strip())
print(textwrap.indent("a\n\nb", "> ", lambda line: True))
rows = [("Name", "Städte", "Euro"), ("Müller", "Köln", 1234.5), ("O'Neil", "A Coruña", -7), ("山田", "東京", 10**6)]


def width(value):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in value)


cells = [[c if isinstance(c, str) else f"{c:,.2f}" for c in row] for row in rows]
widths = [max(map(width, column)) for column in zip(*cells)]
for row in cells:
    print(" | ".join(c + " " * (w - width(c)) for c, w in zip(row, widths)))
print("{:^20}|{:>+10.3e}|{:#x}|{:08.3f}|{!r:>8}".format("mid", 12345.678, 255, 3.14159, "q"))
print(f"{'nested':{'*'}^{12}} {1_000_000:_} {0.256:.1%} {42:b} {42:#o} {3.0:g} {1e22:g}")
