"""Sorts more than fits: runs on disk, then a merge of all."""
import heapq
import os
import random
import tempfile

random.seed(5)
numbers = [random.randrange(10**6) for _ in range(5000)]
with tempfile.TemporaryDirectory() as folder:
    runs = []
    for start in range(0, len(numbers), 700):
        path = os.path.join(folder, f"run{start:05}")
        with open(path, "w") as file:
            file.writelines(f"{n}\n" for n in sorted(numbers[start:start + 700]))
        runs.append(path)
    files = [open(path) for path in runs]
    merged = heapq.merge(*(map(int, file) for file in files))
    target = os.path.join(folder, "sorted")
    with open(target, "w") as file:
        for n in merged:
            print(n, file=file)
    for file in files:
        file.close()
    with open(target) as file:
        result = [int(line) for line in file]
    print(len(runs), result == sorted(numbers), result[0], result[-1])
