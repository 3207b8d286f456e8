from fractions import Fraction


def multiply(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def power(m, n):
    result = [[int(i == j) for j in range(len(m))] for i in range(len(m))]
    while n:
        if n & 1:
            result = multiply(result, m)
        m, n = multiply(m, m), n >> 1
    return result


def determinant(m):
    m = [list(map(Fraction, row)) for row in m]
    result = Fraction(1)
    for i in range(len(m)):
        pivot = next((r for r in range(i, len(m)) if m[r][i]), None)
        if pivot is None:
            return 0
        if pivot != i:
            m[i], m[pivot] = m[pivot], m[i]
            result = -result
        result *= m[i][i]
        for r in range(i + 1, len(m)):
            f = m[r][i] / m[i][i]
            m[r] = [a - f * b for a, b in zip(m[r], m[i])]
    return result


def solve(a, b):
    m = [[*map(Fraction, row), Fraction(v)] for row, v in zip(a, b)]
    for i in range(len(m)):
        p = max(range(i, len(m)), key=lambda r: abs(m[r][i]))
        if not m[p][i]:
            raise ValueError("singular")
        m[i], m[p] = m[p], m[i]
        m[i] = [x / m[i][i] for x in m[i]]
        for r in range(len(m)):
            if r != i:
                m[r] = [x - m[r][i] * y for x, y in zip(m[r], m[i])]
    return [row[-1] for row in m]


print(power([[1, 1], [1, 0]], 300)[0][1], determinant([[2, -1, 0], [-1, 2, -1], [0, -1, 2]]), determinant([[0, 1], [1, 0]]), determinant([[1, 2], [2, 4]]))
print(*solve([[2, 1, -1], [-3, -1, 2], [-2, 1, 2]], [8, -11, -3]), *solve([[1, "1/2"], ["1/3", "1/4"]], [1, 0]))
try:
    solve([[1, 2], [2, 4]], [1, 2])
except ValueError as error:
    print(error)
spiral = [[0] * 4 for _ in range(4)]
r = c = 0
dr, dc = 0, 1
for n in range(1, 17):
    spiral[r][c] = n
    if spiral[(r + dr) % 4][(c + dc) % 4]:
        dr, dc = dc, -dr
    r, c = r + dr, c + dc
for row in spiral:
    print(*(f"{v:3}" for v in row))
print([list(row) for row in zip(*spiral[::-1])], [sum(spiral[i][i] for i in range(4))])
