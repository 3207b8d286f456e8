import bisect
import functools
import sys


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def knapsack(items, capacity):
    best = [(0, ())] * (capacity + 1)
    for name, weight, value in items:
        for c in range(capacity, weight - 1, -1):
            candidate = (best[c - weight][0] + value, best[c - weight][1] + (name,))
            best[c] = max(best[c], candidate)
    return best[capacity]


def lcs(a, b):
    table = [[""] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + x if x == y else max(table[i][j + 1], table[i + 1][j], key=len)
    return table[-1][-1]


def lis(values):
    tails = []
    for v in values:
        i = bisect.bisect_left(tails, v)
        tails[i:i + 1] = [v]
    return len(tails)


def coins(amount, values):
    ways = [1] + [0] * amount
    fewest = [0] + [None] * amount
    for v in values:
        for a in range(v, amount + 1):
            ways[a] += ways[a - v]
    for a in range(1, amount + 1):
        options = [fewest[a - v] for v in values if v <= a and fewest[a - v] is not None]
        fewest[a] = min(options) + 1 if options else None
    return ways[amount], fewest[amount]


def partitions(n):
    p = [1] + [0] * n
    for k in range(1, n + 1):
        for i in range(k, n + 1):
            p[i] += p[i - k]
    return p[n]


print(fib(90), fib(400), fib.cache_info().currsize)
print(knapsack([("a", 5, 10), ("b", 4, 40), ("c", 6, 30), ("d", 3, 50)], 10))
print(lcs("AGGTABQWERTY", "GXTXAYBWRT"), lis([10, 9, 2, 5, 3, 7, 101, 18]), coins(100, [1, 5, 10, 25, 50]), coins(3, [2]), partitions(100))


@functools.cache
def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


print(deep(300), sys.getrecursionlimit())
for n in range(0, 5000, 300):
    deep(n)
print(deep(4900))
