import functools

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


def winner(board):
    for a, b, c in LINES:
        if board[a] != " " and board[a] == board[b] == board[c]:
            return board[a]
    return "draw" if " " not in board else None


@functools.cache
def value(board, player):
    if result := winner(board):
        return {"X": 1, "O": -1, "draw": 0}[result]
    scores = (value(board[:i] + player + board[i + 1:], "O" if player == "X" else "X") for i in range(9) if board[i] == " ")
    return max(scores) if player == "X" else min(scores)


def best(board, player):
    pick = max if player == "X" else min
    return pick((i for i in range(9) if board[i] == " "), key=lambda i: value(board[:i] + player + board[i + 1:], "O" if player == "X" else "X"))


board, player = " " * 9, "X"
while not (result := winner(board)):
    move = best(board, player)
    board = board[:move] + player + board[move + 1:]
    player = "O" if player == "X" else "X"
print(result, value.cache_info().currsize)
print("\n-----\n".join("|".join(board[i:i + 3]) for i in (0, 3, 6)))
print(value("XX OO    ", "O"), best("XX OO    ", "X"))
