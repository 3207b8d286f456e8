import random


def encode(data):
    out = []
    i = 0
    while i < len(data):
        n = 1
        while i + n < len(data) and data[i + n] == data[i] and n < 255:
            n += 1
        out += [n, data[i]]
        i += n
    return bytes(out)


def decode(data):
    return b"".join(bytes([c]) * n for n, c in zip(data[::2], data[1::2]))


def shrink(case, fails):
    progress = True
    while progress:
        progress = False
        for i in range(len(case)):
            smaller = case[:i] + case[i + 1:]
            if fails(smaller):
                case, progress = smaller, True
                break
    return case


rng = random.Random(0)
cases = [bytes(rng.choice(b"ab\0") for _ in range(rng.randrange(600))) for _ in range(60)] + [b"", b"x" * 1000]
print(all(decode(encode(c)) == c for c in cases), max(len(encode(c)) for c in cases))


def buggy_sort(items):
    return sorted(set(items))


fails = lambda case: buggy_sort(case) != sorted(case)
bad = next(c for c in ([rng.randrange(20) for _ in range(12)] for _ in range(100)) if fails(c))
print(len(bad), sorted(shrink(bad, fails)) [:1] * 2 == sorted(shrink(bad, fails)))
