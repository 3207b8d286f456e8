"""Floats and comprehensions: the spectral norm of an endless matrix's corner."""

import math


def entry(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(vector):
    size = range(len(vector))
    return [sum([entry(i, j) * vector[j] for j in size]) for i in size]


def transposed_times(vector):
    size = range(len(vector))
    return [sum([entry(j, i) * vector[j] for j in size]) for i in size]


u = [1.0] * 150
for _ in range(8):
    v = transposed_times(times(u))
    u = transposed_times(times(v))
over = sum(a * b for a, b in zip(u, v))
print(f"{math.sqrt(over / sum(b * b for b in v)):.9f}")
