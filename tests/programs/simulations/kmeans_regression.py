import math
import random

rng = random.Random(12)
points = [(cx + rng.gauss(0, 0.5), cy + rng.gauss(0, 0.5)) for cx, cy in ((0, 0), (5, 5), (0, 6)) for _ in range(30)]
centers = points[:3]
for rounds in range(20):
    groups = [[] for _ in centers]
    for p in points:
        groups[min(range(3), key=lambda i: math.dist(p, centers[i]))].append(p)
    new = [tuple(sum(c) / len(g) for c in zip(*g)) if g else centers[i] for i, g in enumerate(groups)]
    if new == centers:
        break
    centers = new
print(rounds, sorted((round(x, 6), round(y, 6)) for x, y in centers), sorted(map(len, groups)))
xs = [i / 10 for i in range(50)]
ys = [2 * x * x - 3 * x + 1 + rng.uniform(-0.1, 0.1) for x in xs]
w = [0.0, 0.0, 0.0]
for _ in range(3000):
    gradient = [0.0] * 3
    for x, y in zip(xs, ys):
        error = w[0] + w[1] * x + w[2] * x * x - y
        for k in range(3):
            gradient[k] += error * x**k
    w = [wk - 0.002 * g / len(xs) * (1 if k < 2 else 1) for k, (wk, g) in enumerate(zip(w, gradient))]
print([round(v, 9) for v in w])
