import collections
import heapq
import itertools


def rle(text):
    return "".join(f"{len(list(g))}{c}" for c, g in itertools.groupby(text))


def huffman(text):
    heap = [(n, i, c) for i, (c, n) in enumerate(sorted(collections.Counter(text).items()))]
    heapq.heapify(heap)
    for i in itertools.count(len(heap)):
        if len(heap) == 1:
            break
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (a[0] + b[0], i, (a[2], b[2])))
    codes = {}

    def walk(node, prefix):
        if isinstance(node, str):
            codes[node] = prefix or "0"
        else:
            walk(node[0], prefix + "0")
            walk(node[1], prefix + "1")

    walk(heap[0][2], "")
    return codes


print(rle("WWWWBBBWWC"))
text = "abracadabra alakazam"
codes = huffman(text)
bits = "".join(codes[c] for c in text)
print(sorted(codes.items(), key=lambda item: (len(item[1]), item[1])))
print(len(bits), len(text) * 8)
back, out, current = {v: k for k, v in codes.items()}, "", ""
for bit in bits:
    current += bit
    if current in back:
        out += back[current]
        current = ""
print(out == text)
