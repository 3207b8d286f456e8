import collections
import heapq
import math

edges = [("A", "B", 4), ("A", "C", 1), ("C", "B", 2), ("B", "D", 5), ("C", "D", 8), ("D", "E", 3), ("F", "G", 1)]
graph = collections.defaultdict(dict)
for a, b, w in edges:
    graph[a][b] = graph[b][a] = w


def dijkstra(source):
    distance, previous, queue = {source: 0}, {}, [(0, source)]
    while queue:
        d, node = heapq.heappop(queue)
        if d > distance.get(node, math.inf):
            continue
        for other, w in graph[node].items():
            if d + w < distance.get(other, math.inf):
                distance[other], previous[other] = d + w, node
                heapq.heappush(queue, (d + w, other))
    return distance, previous


def path(previous, target):
    out = [target]
    while out[-1] in previous:
        out.append(previous[out[-1]])
    return out[::-1]


def bfs(source):
    seen, queue = [source], collections.deque([source])
    while queue:
        for other in sorted(graph[queue.popleft()]):
            if other not in seen:
                seen.append(other)
                queue.append(other)
    return seen


def kruskal():
    parent = {n: n for n in graph}

    def find(n):
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    out = []
    for a, b, w in sorted(edges, key=lambda e: e[2]):
        if find(a) != find(b):
            parent[find(a)] = find(b)
            out.append((a, b, w))
    return out


distance, previous = dijkstra("A")
print(dict(sorted(distance.items())), path(previous, "E"), bfs("A"), bfs("F"))
print(kruskal(), sum(w for *_, w in kruskal()))
nodes = sorted(graph)
d = {(a, b): 0 if a == b else graph[a].get(b, math.inf) for a in nodes for b in nodes}
for k in nodes:
    for i in nodes:
        for j in nodes:
            d[i, j] = min(d[i, j], d[i, k] + d[k, j])
print([[d[a, b] for b in nodes] for a in nodes])
import graphlib
sorter = graphlib.TopologicalSorter({"cook": {"shop", "clean"}, "shop": {"list"}, "eat": {"cook"}})
print(list(sorter.static_order()).index("eat"))
try:
    list(graphlib.TopologicalSorter({1: {2}, 2: {1}}).static_order())
except graphlib.CycleError as error:
    print(error.args[0])
