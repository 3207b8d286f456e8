import collections
import random


def step(cells):
    near = collections.Counter((x + dx, y + dy) for x, y in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)
    return {c for c, n in near.items() if n == 3 or n == 2 and c in cells}


def show(cells, w=8, h=6):
    return "\n".join("".join("#" if (x, y) in cells else "." for x in range(w)) for y in range(h))


glider = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
for _ in range(8):
    glider = step(glider)
print(show(glider))

random.seed(7)
W, H = 15, 9
maze = [["#"] * W for _ in range(H)]


def carve(x, y):
    maze[y][x] = " "
    directions = [(2, 0), (-2, 0), (0, 2), (0, -2)]
    random.shuffle(directions)
    for dx, dy in directions:
        nx, ny = x + dx, y + dy
        if 0 < nx < W and 0 < ny < H and maze[ny][nx] == "#":
            maze[y + dy // 2][x + dx // 2] = " "
            carve(nx, ny)


carve(1, 1)
start, goal = (1, 1), (W - 2, H - 2)
came, queue = {start: None}, collections.deque([start])
while queue:
    x, y = queue.popleft()
    for step_to in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
        if maze[step_to[1]][step_to[0]] == " " and step_to not in came:
            came[step_to] = (x, y)
            queue.append(step_to)
at, length = goal, 0
while at:
    maze[at[1]][at[0]] = "."
    at, length = came[at], length + 1
print("\n".join(map("".join, maze)), length)
