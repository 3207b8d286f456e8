import json
import operator
from functools import reduce

document = json.loads("""
{"store": {"books": [
  {"title": "A", "price": 8.95, "authors": ["X", "Y"]},
  {"title": "B", "price": 22.99, "authors": []},
  {"title": "C", "price": 12.5, "isbn": "0-553"}
], "open": true}}""")


def find(node, path):
    if not path:
        yield node
        return
    head, *rest = path
    if head == "**":
        yield from find(node, rest)
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        for child in children:
            yield from find(child, path)
    elif head == "*":
        for child in node.values() if isinstance(node, dict) else node:
            yield from find(child, rest)
    elif isinstance(node, dict) and head in node or isinstance(node, list) and isinstance(head, int) and head < len(node):
        yield from find(node[head], rest)


print(list(find(document, ["store", "books", "*", "title"])))
print(list(find(document, ["**", "price"])), list(find(document, ["store", "books", 1, "authors", 0])))
print(reduce(operator.getitem, ["store", "books", 2, "isbn"], document))


def flatten(node, prefix=""):
    if isinstance(node, dict):
        for key, value in node.items():
            yield from flatten(value, f"{prefix}.{key}" if prefix else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from flatten(value, f"{prefix}[{index}]")
    else:
        yield prefix, node


for key, value in flatten(document):
    print(key, "=", repr(value))
