import random
import string

rng = random.Random(1)
TARGET = "hello sandbox"
LETTERS = string.ascii_lowercase + " "


def fitness(text):
    return sum(a == b for a, b in zip(text, TARGET))


def mutate(text):
    return "".join(rng.choice(LETTERS) if rng.random() < 0.08 else c for c in text)


def cross(a, b):
    cut = rng.randrange(len(a))
    return a[:cut] + b[cut:]


population = ["".join(rng.choices(LETTERS, k=len(TARGET))) for _ in range(80)]
for generation in range(400):
    population.sort(key=fitness, reverse=True)
    if generation % 10 == 0 or population[0] == TARGET:
        print(generation, repr(population[0]), fitness(population[0]))
    if population[0] == TARGET:
        break
    parents = population[:20]
    population = parents[:2] + [mutate(cross(*rng.sample(parents, 2))) for _ in range(78)]
