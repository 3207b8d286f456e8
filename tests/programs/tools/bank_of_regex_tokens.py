import re
from collections import namedtuple

Token = namedtuple("Token", "kind text line column")
RULES = {"NUMBER": r"\d+(?:\.\d*)?", "ASSIGN": r":=", "END": r";", "NAME": r"[A-Za-z_]\w*", "OP": r"[+\-*/]", "NEWLINE": r"\n", "SKIP": r"[ \t]+|#[^\n]*", "MISMATCH": r"."}
SCANNER = re.compile("|".join(f"(?P<{k}>{v})" for k, v in RULES.items()))


def tokens(text):
    line, start = 1, 0
    for match in SCANNER.finditer(text):
        kind = match.lastgroup
        if kind == "NEWLINE":
            line, start = line + 1, match.end()
        elif kind == "MISMATCH":
            raise SyntaxError(f"{match[0]!r} in line {line}, column {match.start() - start + 1}")
        elif kind != "SKIP":
            yield Token("KEYWORD" if match[0] in {"IF", "THEN"} else kind, match[0], line, match.start() - start)


for token in tokens("IF quantity THEN  # go\n  total := price * 2.50;\n"):
    print(*token)
try:
    list(tokens("a := 1\nb ? 2"))
except SyntaxError as error:
    print(error)
scanner = re.Scanner([(r"\d+", lambda s, t: int(t)), (r"\w+", lambda s, t: t), (r"\s+", None)])
print(scanner.scan("abc 12 de3 !x"))
print(re.sub(r"(?P<y>\d{4})-(?P<m>\d\d)", r"\g<m>/\g<y>", "2024-05 2023-11"), re.subn("a", "b", "banana", count=2), re.compile(r"\b(\w)(\w*)").sub(lambda m: m[1].upper() + m[2], "make title"))
print(re.findall(r"(?s)a.b", "a\nb"), re.findall(r"\w+", "naïve Ünï"), re.findall(r"(?a)\w+", "naïve"), re.search(r"(?<!\d)\d{3}(?!\d)", "1234 567")[0], re.split("(?<=,)", "a,b,c"))
