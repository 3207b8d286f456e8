import functools
import json
import sys


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(480), sys.getrecursionlimit())


def depth(n=0):
    try:
        return depth(n + 1)
    except RecursionError:
        return n


print(900 < depth() < 1000)
sys.setrecursionlimit(20_000)
print(19_000 < depth() < 20_000)


class Node:
    def __init__(self, inner):
        self.inner = inner

    def __repr__(self):
        return f"N({self.inner!r})"

    def __eq__(self, other):
        return self.inner == other.inner

    def __lt__(self, other):
        return self.inner < other.inner


a = b = 0
for _ in range(400):
    a, b = Node(a), Node(b)
print(len(repr(a)), a == b, a < b, sorted([a, b]) == [a, b], max([a, b], key=lambda n: n.inner) is a)
print(json.loads("[" * 900 + "]" * 900)[0][0] != 1, len(json.dumps(json.loads("[" * 900 + "]" * 900))))
nested = []
for _ in range(300):
    nested = [nested]
print(len(repr(nested)), eval("(" * 150 + "1" + ")" * 150))
source = "if x == 0: r = 0\n" + "".join(f"elif x == {n}: r = {n * n}\n" for n in range(1, 2000))
space = {"x": 1500}
exec(source, space)
print(space["r"])
try:
    eval("+".join(["1"] * 200_000))
except RecursionError as error:
    print(type(error).__name__)
loop = {}
loop["self"] = loop
print(loop, functools.reduce(lambda f, _: lambda x: f(x) + 1, range(200), lambda x: x)(0))
