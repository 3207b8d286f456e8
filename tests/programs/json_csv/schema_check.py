SCHEMA = {
    "type": "object",
    "required": ["name", "age"],
    "properties": {
        "name": {"type": "string", "min": 1},
        "age": {"type": "integer", "min": 0, "max": 150},
        "emails": {"type": "array", "items": {"type": "string", "pattern": r"^\S+@\S+$"}},
        "role": {"enum": ["admin", "user"]},
    },
}
TYPES = {"object": dict, "string": str, "integer": int, "array": list, "number": (int, float), "boolean": bool}


def check(value, schema, path="$"):
    import re

    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or kind == "integer" and isinstance(value, bool)):
        yield f"{path}: expected {kind}, got {type(value).__name__}"
        return
    size = len(value) if isinstance(value, str) else value
    if "min" in schema and size < schema["min"]:
        yield f"{path}: {size} is less than {schema['min']}"
    if "max" in schema and size > schema["max"]:
        yield f"{path}: {size} is more than {schema['max']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{path}: {value!r} does not match {schema['pattern']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{path}: {key} is missing"
    for key, part in schema.get("properties", {}).items():
        if key in value:
            yield from check(value[key], part, f"{path}.{key}")
    for index, item in enumerate(value if "items" in schema else ()):
        yield from check(item, schema["items"], f"{path}[{index}]")


for value in ({"name": "Ana", "age": 30}, {"name": "", "age": True}, {"age": 200, "emails": ["a@b", "c", 3], "role": "root"}, []):
    print(list(check(value, SCHEMA)) or "fine")
