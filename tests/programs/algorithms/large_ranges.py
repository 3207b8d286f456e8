import itertools
import random

rng = random.Random(5)
print(rng.choice(range(10**12)), rng.sample(range(5, 10**15, 7), 4), rng.choices(range(2**40), k=3), rng.randrange(2**33, 2**70, 3))
big = range(10**10, 3 * 10**12, 10**9)
print(big[-1], big[5], len(big), 10**10 + 7 * 10**9 in big, big.index(10**10 + 10**9), big[2:5], list(big[:3]))
print(list(itertools.islice(range(2**31 - 2, 2**40), 4)), next(iter(range(2**62, 2**62 - 5, -1))))
for n in range(2**31 - 1, 2**31 + 2):
    print(n, hex(n), n.bit_length())
print(sum(range(3 * 10**9, 3 * 10**9 + 5)), max(range(2**33, 2**33 + 100)), list(reversed(range(2**32, 2**32 + 3))))
print([*zip(itertools.count(2**31 - 1), "ab")], [n for n, _ in enumerate("abc", 2**31 - 1)], (1 << 31) // 3, pow(2**31, 2, 2**33 - 1))
try:
    rng.choice(range(10**10, 10**10))
except IndexError as error:
    print(error)
