"""The library's Python code: copies of nested structures."""

import copy
from dataclasses import dataclass, field


@dataclass
class Node:
    name: str
    weight: float
    tags: list = field(default_factory=list)
    children: dict = field(default_factory=dict)


def build(depth, width):
    node = Node(f"node{depth}", depth / 3, ["a", "b", depth])
    if depth:
        for i in range(width):
            node.children[i] = build(depth - 1, width)
    return node


def count(node):
    return 1 + sum(count(child) for child in node.children.values())


tree = build(5, 3)
shared = [[1, 2, 3], {"k": (4, 5)}]
mixed = {"twice": [shared, shared], "deep": [[[["x"] * 5]]], "numbers": list(range(50))}
total = 0
for _ in range(25):
    copied = copy.deepcopy(tree)
    total += count(copied)
    for _ in range(30):
        mixed = copy.deepcopy(mixed)
        total += mixed["twice"][0] is mixed["twice"][1]
print(total)
