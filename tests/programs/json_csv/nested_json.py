import datetime
import decimal
import json
import math
import uuid


class Encoder(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, (datetime.date, uuid.UUID)):
            return str(o)
        if isinstance(o, set):
            return sorted(o)
        return super().default(o)


data = {"id": uuid.UUID(int=5), "when": datetime.date(2024, 1, 2), "tags": {"b", "a"}, "n": [1, 2.5, -0.0, 1e100, None, True], "text": "é\"\\\n\u2028🐍", 3: "int key"}
print(json.dumps(data, cls=Encoder, indent=1, sort_keys=False))
print(json.dumps(data, cls=Encoder, ensure_ascii=False, separators=(",", ":")))
print(json.loads('{"a": 1.10, "b": 12345678901234567890, "a": 2}', parse_float=decimal.Decimal, object_pairs_hook=list))
print(json.dumps([math.nan, math.inf]), json.loads("[NaN, -Infinity]"))
for wrong in ('{"a": 1,}', "[1 2]", "'x'", '"\n"', "", "[1]x", '{"a"}', "nul", '"\\u12"'):
    try:
        json.loads(wrong)
    except json.JSONDecodeError as error:
        print(f"{error} | pos {error.pos}")
try:
    json.dumps({"x": object})
except TypeError as error:
    print(error, error.__notes__)
loop = []
loop.append(loop)
try:
    json.dumps(loop)
except ValueError as error:
    print(error)
try:
    json.dumps([math.nan], allow_nan=False)
except ValueError as error:
    print(error)
