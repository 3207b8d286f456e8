"""Generators: a tree walked by `yield from`, and pipelines of them."""


class Tree:
    def __init__(self, left, key, right):
        self.left = left
        self.key = key
        self.right = right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.key
        if self.right:
            yield from self.right


def tree_of(keys):
    if not keys:
        return None
    middle = len(keys) // 2
    return Tree(tree_of(keys[:middle]), keys[middle], tree_of(keys[middle + 1 :]))


def every(step, source):
    for i, value in enumerate(source):
        if i % step == 0:
            yield value


def running_sum(source):
    total = 0
    for value in source:
        total += value
        yield total


tree = tree_of(range(30_000))
total = 0
for step in range(1, 5):
    total += sum(value & 0xFF for value in running_sum(every(step, tree)))
print(total, sum(x * y for x in tree if x % 100 == 0 for y in range(0, x, 50)))
