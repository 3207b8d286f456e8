"""Small lists of integers: flips of pancakes, over all permutations."""


def fannkuch(n):
    order = list(range(n))
    count = [0] * n
    most = checksum = 0
    turns = 0
    while True:
        stack = order[:]
        flips = 0
        while first := stack[0]:
            stack[: first + 1] = stack[first::-1]
            flips += 1
        most = max(most, flips)
        checksum += flips if turns % 2 == 0 else -flips
        turns += 1
        for i in range(1, n):
            order.insert(i, order.pop(0))
            count[i] += 1
            if count[i] <= i:
                break
            count[i] = 0
        else:
            return most, checksum


for _ in range(3):
    most, checksum = fannkuch(8)
print(most, checksum)
