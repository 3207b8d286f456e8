import bisect
from dataclasses import dataclass


@dataclass
class Node:
    key: int
    left: "Node | None" = None
    right: "Node | None" = None


def insert(node, key):
    if node is None:
        return Node(key)
    if key < node.key:
        node.left = insert(node.left, key)
    elif key > node.key:
        node.right = insert(node.right, key)
    return node


def walk(node):
    if node:
        yield from walk(node.left)
        yield node.key
        yield from walk(node.right)


def height(node):
    return 0 if node is None else 1 + max(height(node.left), height(node.right))


def remove(node, key):
    match node:
        case None:
            return None
        case Node(k) if key < k:
            node.left = remove(node.left, key)
        case Node(k) if key > k:
            node.right = remove(node.right, key)
        case Node(_, None, other) | Node(_, other, None):
            return other
        case Node(right=right):
            while right.left:
                right = right.left
            node.key = right.key
            node.right = remove(node.right, right.key)
    return node


root = None
for key in (50, 30, 70, 20, 40, 60, 80, 30):
    root = insert(root, key)
print(list(walk(root)), height(root))
for key in (20, 30, 50, 99):
    root = remove(root, key)
    print(key, list(walk(root)), root.key)
print(insert(None, 1))


class Trie:
    def __init__(self):
        self.root = {}

    def add(self, word):
        node = self.root
        for c in word:
            node = node.setdefault(c, {})
        node["$"] = True

    def complete(self, prefix):
        node = self.root
        for c in prefix:
            if c not in node:
                return []
            node = node[c]
        out, stack = [], [(prefix, node)]
        while stack:
            word, node = stack.pop()
            out += [word] if "$" in node else []
            stack += [(word + c, child) for c, child in node.items() if c != "$"]
        return sorted(out)


trie = Trie()
for word in "car card care cat dog do".split():
    trie.add(word)
print(trie.complete("car"), trie.complete("do"), trie.complete("x"))
ranks = [(60, "F"), (70, "D"), (80, "C"), (90, "B"), (101, "A")]
print([ranks[bisect.bisect(ranks, s, key=lambda r: r[0])][1] for s in (33, 60, 89, 90, 100)])
chain = None
for n in range(900):
    chain = Node(n, chain)
count = 0
while chain:
    count, chain = count + 1, chain.left
print(count)
