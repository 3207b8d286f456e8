"""Dictionaries, sets and lists that come and go: groups, counts and sorts."""

from collections import Counter, defaultdict, deque


def numbers(count, seed):
    for _ in range(count):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        yield seed >> 8


checksum = 0
for turn in range(5):
    values = list(numbers(15_000, turn))
    groups = defaultdict(list)
    for value in values:
        groups[value % 997].append(value)
    largest = {key: max(group) for key, group in groups.items()}
    order = sorted(largest, key=largest.get)
    counts = Counter(value & 0xFF for value in values)
    unique = {value % 5000 for value in values}
    recent = deque(maxlen=100)
    for value in values:
        if value % 5000 in unique:
            recent.append((value, str(value)))
    by_name = {f"key{value % 3000}": i for i, value in enumerate(values)}
    for i in range(0, 3000, 3):
        by_name.pop(f"key{i}", None)
    values.sort()
    pairs = list(zip(values, values[1:]))
    checksum += order[0] + counts.most_common(1)[0][1] + len(unique) + len(by_name)
    checksum += recent[0][0] + sum(b - a for a, b in pairs) + len(values[::7])
print(checksum)
