import math
from fractions import Fraction


def hull(points):
    points = sorted(set(points))

    def half(ps):
        out = []
        for p in ps:
            while len(out) > 1 and cross(out[-2], out[-1], p) <= 0:
                out.pop()
            out.append(p)
        return out[:-1]

    return half(points) + half(points[::-1])


def cross(o, a, b):
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def area(polygon):
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1]))) / 2


def inside(p, polygon):
    x, y = p
    result = False
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1]):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            result = not result
    return result


def meet(a, b, c, d):
    den = (a[0] - b[0]) * (c[1] - d[1]) - (a[1] - b[1]) * (c[0] - d[0])
    if den == 0:
        return None
    t = Fraction((a[0] - c[0]) * (c[1] - d[1]) - (a[1] - c[1]) * (c[0] - d[0]), den)
    return a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])


points = [(0, 0), (4, 0), (4, 3), (2, 5), (0, 3), (2, 2), (1, 1), (3, 1)]
shape = hull(points)
print(shape, area(shape), [inside(p, shape) for p in ((2, 2), (5, 5), (0.1, 2.9))])
print(*(str(v) for v in meet((0, 0), (4, 4), (0, 3), (3, 0))), meet((0, 0), (1, 1), (0, 1), (1, 2)))
closest = min(((math.dist(a, b), a, b) for i, a in enumerate(points) for b in points[:i]))
print(closest, math.degrees(math.atan2(1, 1)), math.hypot(3, 4, 12), math.isclose(math.tau, 2 * math.pi), math.cos(math.radians(60)))


def haversine(a, b):
    la, lo, lb, lp = map(math.radians, (*a, *b))
    h = math.sin((lb - la) / 2) ** 2 + math.cos(la) * math.cos(lb) * math.sin((lp - lo) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(h))


print(round(haversine((52.52, 13.405), (48.8566, 2.3522)), 6))
