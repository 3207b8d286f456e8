import re

log = """
2024-03-01 12:00:01 INFO [web] user=ana id=17 took 35ms
2024-03-01 12:00:02 ERROR [db] query failed: "timeout after 5s"
2024-03-01 12:00:05 WARN [web] user=bo id=abc
mail: ana.lima+x@example.co.uk, bad@, @bad, bo@test.org
phones: (555) 123-4567, 555.765.4321 and +44 20 7946 0958
"""
pattern = re.compile(r"""
    ^(?P<day>\d{4}-\d\d-\d\d)\ (?P<time>[\d:]+)\s+
    (?P<level>[A-Z]+)\ \[(?P<source>\w+)\]\ (?P<rest>.*)$""", re.X | re.M)
for match in pattern.finditer(log):
    print(match.groupdict())
print(re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", log))
print(re.findall(r"\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}", log))
print(re.sub(r"(\w+)=(\w+)", lambda m: f"{m[1].upper()}:{m[2]!r}", log.splitlines()[1]))
print(re.split(r"\s*[,;]\s*", "a, b;c ,d"), re.split(r"(\d)", "a1b2c"))
print(re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", "1234567890"))
print(re.fullmatch(r"(a|b)*abb", "ababb").span(), re.match(r"(?i:HELLO)\b", "hello world")[0])
print(re.search(r"(?P<q>['\"]).*?(?P=q)", "say 'it' \"now\"").group())
print([m.start() for m in re.finditer(r"(?=aba)", "ababa")], re.escape("a.b*c"))
for wrong in ("(", "*a", "[z-a]", r"(?P<1>a)", "a{2,1}"):
    try:
        re.compile(wrong)
    except re.PatternError as error:
        print(wrong, "->", error)
