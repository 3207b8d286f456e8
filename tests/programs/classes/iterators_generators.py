import itertools
import types


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        n = self.n
        while n > 0:
            yield n
            n -= 1

    def __reversed__(self):
        return iter(range(1, self.n + 1))

    def __contains__(self, x):
        return 0 < x <= self.n


def averager():
    total = count = 0
    average = None
    while True:
        try:
            value = yield average
        except ZeroDivisionError:
            total = count = 0
            average = "reset"
            continue
        if value is None:
            return average
        total += value
        count += 1
        average = total / count


def delegate():
    result = yield from averager()
    print("result", result)
    return "done"


def flatten(items):
    for item in items:
        if isinstance(item, (list, tuple)):
            yield from flatten(item)
        else:
            yield item


print(list(Countdown(3)), list(reversed(Countdown(3))), 2 in Countdown(3), [*Countdown(2), *Countdown(1)])
g = delegate()
next(g)
print(g.send(10), g.send(20), g.throw(ZeroDivisionError), g.send(4))
try:
    g.send(None)
except StopIteration as stop:
    print(stop.value)
print(list(flatten([1, [2, (3, [4])], []])), list(itertools.accumulate([3, 1, 4, 1, 5], max)))
print(list(itertools.pairwise("abcd")), list(itertools.batched(range(7), 3)), list(itertools.combinations("abc", 2)), list(itertools.product([0, 1], repeat=2)))
print(list(itertools.takewhile(lambda n: n < 10, (n * n for n in itertools.count(1)))), list(itertools.islice(itertools.cycle("ab"), 5)), list(itertools.compress("abcd", [1, 0, 1, 0])))
a, b = itertools.tee(range(3))
print(list(a), list(b), sum(1 for _ in itertools.groupby("aabbbc")), isinstance(g, types.GeneratorType), g.gi_frame)
lazy = (print("evaluated", n) or n for n in range(3))
print(any(n == 1 for n in lazy), next(lazy), next(lazy, "end"))
gen = averager()
try:
    gen.send(5)
except TypeError as error:
    print(error)
