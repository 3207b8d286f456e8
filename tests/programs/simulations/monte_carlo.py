import random
import statistics

rng = random.Random(2024)
inside = sum(rng.random() ** 2 + rng.random() ** 2 <= 1 for _ in range(50_000))
print(4 * inside / 50_000)
walks = []
for _ in range(500):
    position = 0
    for _ in range(100):
        position += rng.choice((-1, 1))
    walks.append(position)
print(statistics.mean(walks), round(statistics.pstdev(walks), 6), min(walks), max(walks))


def same_birthday(people):
    days = [rng.randrange(365) for _ in range(people)]
    return len(set(days)) < people


for people in (10, 23, 50):
    print(people, sum(same_birthday(people) for _ in range(2000)) / 2000)
print([round(rng.betavariate(2, 3), 9), round(rng.gammavariate(2, 1), 9), round(rng.normalvariate(), 9), round(rng.triangular(0, 1, 0.3), 9), rng.binomialvariate(20, 0.3)])
state = rng.getstate()
first = [rng.random() for _ in range(3)]
rng.setstate(state)
print(first == [rng.random() for _ in range(3)], rng.randbytes(4).hex())
