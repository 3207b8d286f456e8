"""The C code of re: searching, capturing and replacing in log lines."""

import re

LINES = [
    f"2026-03-{i % 28 + 1:02d}T10:{i % 60:02d}:07 host{i % 9} GET /api/v{i % 3}/items/{i}?q=a{i % 7} "
    f"{200 + i % 4 * 100} {i * 37 % 9999}ms user{i % 11}@example{i % 5}.org"
    for i in range(1500)
]

LOG_LINE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>[\d:]+) (?P<host>\w+) (?:GET|POST) (?P<path>\S+) (?P<status>\d+) (?P<ms>\d+)ms"
)
MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
NUMBER = re.compile(r"\d+")
PAIR = re.compile(r"(a|b)+?(\d)|(items)/(\d+)", re.IGNORECASE)

total = 0
for _ in range(7):
    for line in LINES:
        match = LOG_LINE.match(line)
        total += int(match["ms"]) + len(match["path"])
        total += len(MAIL.findall(line))
        total += sum(map(len, PAIR.split(line)[::5]))
    total += len(NUMBER.sub("#", "\n".join(LINES)))
print(total)
