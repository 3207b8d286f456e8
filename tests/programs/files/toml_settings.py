import pprint
import tomllib

text = """
title = "Example"
created = 2024-05-27T07:32:00Z
day = 2024-05-27

[owner]
name = 'Ana "A" Lima'
langs = ["en", "pt"]

[database]
ports = [8000, 8001, 0x1f90]
limits = { cpu = 79.5, mem = 1_000_000 }
enabled = true

[[products]]
name = "Hammer"
sku = 738594937

[[products]]
name = "Nail"
note = \"\"\"
two
lines\"\"\"
"""
data = tomllib.loads(text)
pprint.pprint(data, width=70)
for wrong in ("a = 1\na = 2", "x = ", "[a]\n[a]", "d = 2024-13-01"):
    try:
        tomllib.loads(wrong)
    except tomllib.TOMLDecodeError as error:
        print(error)
