from __future__ import annotations

import functools
import math
import operator


@functools.total_ordering
class Vector:
    __slots__ = ("_c",)

    def __init__(self, *components):
        self._c = tuple(components)

    def __iter__(self):
        return iter(self._c)

    def __len__(self):
        return len(self._c)

    def __getitem__(self, index):
        result = self._c[index]
        return Vector(*result) if isinstance(index, slice) else result

    def __add__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        if len(self) != len(other):
            raise ValueError("lengths differ")
        return Vector(*map(operator.add, self, other))

    def __mul__(self, k):
        return Vector(*(k * c for c in self)) if isinstance(k, (int, float)) else NotImplemented

    __rmul__ = __mul__

    def __matmul__(self, other):
        return sum(map(operator.mul, self, other))

    def __neg__(self):
        return self * -1

    def __abs__(self):
        return math.sqrt(self @ self)

    def __eq__(self, other):
        return isinstance(other, Vector) and self._c == other._c

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __hash__(self):
        return hash(self._c)

    def __bool__(self):
        return any(self)

    def __format__(self, spec):
        return "<" + ", ".join(format(c, spec) for c in self) + ">"

    def __repr__(self):
        return f"Vector{self._c}"


v, w = Vector(3, 4), Vector(1, -2)
print(v + w, 2 * v, v * 0.5, v @ w, abs(v), -v, v > w, bool(Vector(0, 0)), f"{v:.1f}", v[0], v[:1], {v: 1}[Vector(3, 4)])
for attempt in (lambda: v + 1, lambda: v + Vector(1), lambda: v * w, lambda: setattr(v, "x", 1)):
    try:
        attempt()
    except (TypeError, ValueError, AttributeError) as error:
        print(type(error).__name__, error)
x, *rest = Vector(1, 2, 3)
print(x, rest, sorted([Vector(5), Vector(-1), Vector(3)]), max(v, w), sum([v, w], Vector(0, 0)))
