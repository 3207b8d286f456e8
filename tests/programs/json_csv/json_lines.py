import collections
import io
import json

events = io.StringIO("\n".join(json.dumps(e) for e in [
    {"user": "ana", "event": "login", "ms": 120}, {"user": "bo", "event": "login", "ms": 80},
    {"user": "ana", "event": "buy", "ms": 300, "cart": {"items": [1, 2]}}, {"user": "cy", "event": "logout"},
]) + "\n{broken\n\n")
good, bad = [], []
for number, line in enumerate(events, 1):
    if not line.strip():
        continue
    try:
        good.append(json.loads(line))
    except json.JSONDecodeError as error:
        bad.append((number, error.msg, error.colno))
print(len(good), bad)
count = collections.Counter(e["event"] for e in good)
print(count, count.total())
slow = [e for e in good if e.get("ms", 0) > 100]
print(json.dumps(slow, sort_keys=True))
latency = collections.ChainMap({}, {"default": 0})
for e in good:
    latency[e["user"]] = latency.get(e["user"], latency["default"]) + e.get("ms", 0)
print(dict(latency.maps[0]))
patch = {"cart": {"items": None, "total": 5}, "new": 1}


def merge(a, b):
    out = dict(a)
    for k, v in b.items():
        if v is None:
            out.pop(k, None)
        else:
            out[k] = merge(out.get(k, {}), v) if isinstance(v, dict) else v
    return out


print(merge(good[2], patch), good[2]["cart"])
