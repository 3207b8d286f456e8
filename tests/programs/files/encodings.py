import codecs
import io
import os
import tempfile

text = "naïve café — 日本語 🐍\r\nsecond\nthird\rfourth"
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "text")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "gb18030", "utf-7"):
        with open(path, "w", encoding=encoding, newline="") as file:
            file.write(text)
        size = os.path.getsize(path)
        with open(path, encoding=encoding, newline="") as file:
            print(encoding, size, file.read() == text)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    for newline in (None, "", "\n", "\r", "\r\n"):
        with open(path, encoding="utf-8", newline=newline) as file:
            print(repr(newline), file.readlines()[1:], file.newlines)
    for errors in ("strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace", "namereplace"):
        try:
            print(errors, "é日🐍".encode("latin-1", errors))
        except UnicodeEncodeError as error:
            print(errors, error)
    print(b"\xff\xfeab".decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape"))
    print(codecs.decode("uryyb", "rot13"), codecs.encode(b"data", "base64"), codecs.lookup("latin1").name)
    decoder = codecs.getincrementaldecoder("utf-8")()
    print([decoder.decode(bytes([b])) for b in "é🐍".encode()])
    print(io.TextIOWrapper(io.BytesIO(b"a\r\nb")).read())
    print("ß".upper(), "İ".lower().encode(), "Straße".casefold(), "ﬁ".upper())
