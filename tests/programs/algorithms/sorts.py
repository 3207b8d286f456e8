import heapq
import random


def bubble(a):
    a = a[:]
    for i in range(len(a)):
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    return a


def insertion(a):
    a = a[:]
    for i in range(1, len(a)):
        x, j = a[i], i
        while j and a[j - 1] > x:
            a[j] = a[j - 1]
            j -= 1
        a[j] = x
    return a


def merge(a):
    if len(a) < 2:
        return a
    left, right = merge(a[:len(a) // 2]), merge(a[len(a) // 2:])
    out = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    return out + left[i:] + right[j:]


def quick(a):
    if len(a) < 2:
        return a
    p = a[len(a) // 2]
    return quick([x for x in a if x < p]) + [x for x in a if x == p] + quick([x for x in a if x > p])


def heap(a):
    a = a[:]
    heapq.heapify(a)
    return [heapq.heappop(a) for _ in range(len(a))]


def counting(a):
    low = min(a, default=0)
    counts = [0] * (max(a, default=0) - low + 1)
    for x in a:
        counts[x - low] += 1
    return [low + i for i, n in enumerate(counts) for _ in range(n)]


def radix(a):
    shift = 0
    a = [x + 10**6 for x in a]
    while any(x >> shift for x in a):
        buckets = [[] for _ in range(16)]
        for x in a:
            buckets[(x >> shift) & 15].append(x)
        a = [x for bucket in buckets for x in bucket]
        shift += 4
    return [x - 10**6 for x in a]


random.seed(11)
data = [random.randrange(-500, 500) for _ in range(300)]
print(data[:10])
for sort in (bubble, insertion, merge, quick, heap, counting, radix):
    print(sort.__name__, sort(data) == sorted(data), sort([]), sort([2, 1]))
print(sorted("bAnana", key=str.lower), sorted([(1, "b"), (1, "a"), (0, "c")], key=lambda t: t[0], reverse=True))
