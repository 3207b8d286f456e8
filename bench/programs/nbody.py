"""Floats in lists: the outer planets around the sun, step by step."""

import math

YEAR_DAYS = 365.24
SUN_MASS = 4 * math.pi**2

# Position in astronomical units, velocity in the same a day, mass of the sun's.
PLANETS = [
    ((4.841, -1.16, -0.104), (0.00166, 0.0077, -0.000069), 9.55e-4),
    ((8.343, 4.125, -0.4035), (-0.00277, 0.005, 0.000023), 2.86e-4),
    ((12.894, -15.111, -0.2233), (0.00296, 0.00238, -0.00003), 4.37e-5),
    ((15.38, -25.919, 0.179), (0.00268, 0.00163, -0.000095), 5.15e-5),
]


def make_bodies():
    bodies = [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SUN_MASS]]
    for place, speed, mass in PLANETS:
        bodies.append([*place, *(v * YEAR_DAYS for v in speed), mass * SUN_MASS])
    for axis in range(3, 6):
        bodies[0][axis] = -sum(b[axis] * b[6] for b in bodies[1:]) / SUN_MASS
    return bodies


def advance(pairs, bodies, dt, steps):
    for _ in range(steps):
        for a, b in pairs:
            dx = a[0] - b[0]
            dy = a[1] - b[1]
            dz = a[2] - b[2]
            pull = dt / (dx * dx + dy * dy + dz * dz) ** 1.5
            on_a = b[6] * pull
            on_b = a[6] * pull
            a[3] -= dx * on_a
            a[4] -= dy * on_a
            a[5] -= dz * on_a
            b[3] += dx * on_b
            b[4] += dy * on_b
            b[5] += dz * on_b
        for body in bodies:
            body[0] += dt * body[3]
            body[1] += dt * body[4]
            body[2] += dt * body[5]


def energy(pairs, bodies):
    total = 0.0
    for b in bodies:
        total += b[6] * (b[3] * b[3] + b[4] * b[4] + b[5] * b[5]) / 2
    for a, b in pairs:
        distance = math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)
        total -= a[6] * b[6] / distance
    return total


bodies = make_bodies()
pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :]]
before = energy(pairs, bodies)
advance(pairs, bodies, 0.01, 20_000)
print(f"{before:.8f} {energy(pairs, bodies):.8f}")
