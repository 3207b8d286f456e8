import math

rabbits, foxes, dt = 10.0, 5.0, 0.01
peak = 0
for step in range(3000):
    def rates(r, f):
        return 1.1 * r - 0.4 * r * f, 0.1 * r * f - 0.4 * f

    a = rates(rabbits, foxes)
    b = rates(rabbits + a[0] * dt / 2, foxes + a[1] * dt / 2)
    c = rates(rabbits + b[0] * dt / 2, foxes + b[1] * dt / 2)
    d = rates(rabbits + c[0] * dt, foxes + c[1] * dt)
    rabbits += dt / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
    foxes += dt / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
    peak = max(peak, rabbits)
    if step % 600 == 0:
        print(f"{step:5} {rabbits:10.6f} {foxes:10.6f} {'*' * round(rabbits)}")
print(round(peak, 6), round(math.hypot(rabbits, foxes), 6))
