"""The C code of json: nested records to text and back."""

import json


def record(i):
    return {
        "id": i,
        "name": f"user number {i}",
        "score": i / 7,
        "tags": ["new", "ünïcode", f"tag{i % 13}"],
        "address": {"street": "Long Road", "number": i % 200, "verified": i % 3 == 0},
        "parent": None if i % 5 else i // 5,
    }


records = [record(i) for i in range(1000)]
length = 0
for _ in range(18):
    text = json.dumps(records)
    length += len(text)
    records = json.loads(text)
print(length, sum(r["address"]["number"] for r in records))
