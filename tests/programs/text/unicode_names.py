import unicodedata

for c in "aÄß٣Ⅷ½🐍\u200d ":
    print(f"U+{ord(c):04X}", unicodedata.name(c, "?"), unicodedata.category(c), unicodedata.numeric(c, None), unicodedata.bidirectional(c))
word = "Ångström"
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    out = unicodedata.normalize(form, word + "ﬁ²")
    print(form, len(out), out.encode().hex())
plain = "".join(c for c in unicodedata.normalize("NFD", "Crème Brûlée à la façon") if not unicodedata.combining(c))
print(plain, unicodedata.lookup("SNOWMAN"), "\N{GREEK SMALL LETTER ALPHA}")
print("٣".isdigit(), "½".isnumeric(), "½".isdecimal(), int("٣"), "ñ".isidentifier(), "a\u0301".isalpha())
print(sorted(["Zoë", "zoe", "Äpfel", "apfel"], key=lambda s: (unicodedata.normalize("NFD", s).casefold())))
flag = "👩‍👩‍👧"
print(len(flag), [hex(ord(c)) for c in flag], flag.encode("utf-16-le").hex())
print("\ud83d".encode("utf-8", "surrogatepass"), ascii("é🐍"), "é🐍".encode("ascii", "backslashreplace"))
