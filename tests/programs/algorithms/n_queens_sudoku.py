def queens(n):
    def place(row, columns, up, down):
        if row == n:
            yield ()
            return
        for c in range(n):
            if not (columns >> c & 1 or up >> (row + c) & 1 or down >> (row - c + n) & 1):
                for rest in place(row + 1, columns | 1 << c, up | 1 << (row + c), down | 1 << (row - c + n)):
                    yield (c, *rest)

    return place(0, 0, 0, 0)


print([sum(1 for _ in queens(n)) for n in range(1, 8)])
for column in next(queens(8)):
    print("." * column + "Q" + "." * (7 - column))

puzzle = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"


def options(board, i):
    r, c = divmod(i, 9)
    used = {board[r * 9 + k] for k in range(9)} | {board[k * 9 + c] for k in range(9)}
    used |= {board[(r // 3 * 3 + k // 3) * 9 + c // 3 * 3 + k % 3] for k in range(9)}
    return [d for d in "123456789" if d not in used]


def solve(board):
    empty = [(len(o := options(board, i)), i, o) for i in range(81) if board[i] == "."]
    if not empty:
        return board
    _, i, choices = min(empty)
    for d in choices:
        if result := solve(board[:i] + d + board[i + 1:]):
            return result


solution = solve(puzzle)
print("\n".join(solution[i:i + 9] for i in range(0, 81, 9)))
