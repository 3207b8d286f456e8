import functools
import itertools
import math

cities = [(0, 0), (3, 7), (6, 2), (8, 8), (1, 5), (9, 1), (5, 5), (2, 9)]
distance = [[math.dist(a, b) for b in cities] for a in cities]


@functools.cache
def best(visited, last):
    if visited == (1 << len(cities)) - 1:
        return distance[last][0], (0,)
    return min((distance[last][c] + best(visited | 1 << c, c)[0], (c, *best(visited | 1 << c, c)[1])) for c in range(len(cities)) if not visited >> c & 1)


length, tour = best(1, 0)
print(round(length, 9), tour, best.cache_info().currsize)
brute = min(sum(distance[a][b] for a, b in itertools.pairwise((0, *p, 0))) for p in itertools.permutations(range(1, 7)))
print(round(brute, 9))


def subsets_with_sum(values, target):
    seen = {0: [()]}
    for value in values:
        for total, ways in list(seen.items()):
            seen.setdefault(total + value, []).extend((*w, value) for w in list(ways))
    return sorted(seen.get(target, []))


print(subsets_with_sum([3, 34, 4, 12, 5, 2], 9), [f"{n:03b}" for n in range(8)], [n ^ n >> 1 for n in range(8)])
print(sorted(map("".join, itertools.permutations("abc"))), list(itertools.combinations_with_replacement("ab", 2)), sum(1 for _ in itertools.product(range(3), repeat=5)))
