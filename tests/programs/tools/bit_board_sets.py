import array
import bisect
import collections
import copy

a, b = {1, 2, 3, 4}, frozenset({3, 4, 5})
print(a & b, a | b, a - b, a ^ b, a <= {1, 2, 3, 4, 5}, a.isdisjoint({9}), {frozenset({1}): "x"}[frozenset({1})])
deque = collections.deque(range(5), maxlen=5)
deque.rotate(2)
deque.append(9)
print(deque, deque[-1], list(collections.deque("abc", 2)))
numbers = array.array("i", [5, 3, 1])
numbers.extend([2])
numbers.byteswap()
numbers.byteswap()
print(numbers, numbers.itemsize, numbers.tobytes().hex(), array.array("d", [0.5]).tolist())
keys = [1, 3, 5, 7]
bisect.insort(keys, 4)
print(keys, bisect.bisect_left(keys, 5), bisect.bisect_right(keys, 5))
nested = {"a": [1, {"b": 2}]}
shallow, deep = copy.copy(nested), copy.deepcopy(nested)
nested["a"][1]["b"] = 99
print(shallow, deep)
chain = collections.ChainMap({"x": 1}, {"x": 2, "y": 3})
chain["z"] = 4
print(dict(chain), chain.maps, chain.parents["x"])
d = {"one": 1, "two": 2}
d |= {"two": 22, "three": 3}
print(d, d.keys() & {"one", "zzz"}, list(reversed(d)), d.setdefault("four", []), d.pop("one"), dict.fromkeys("ab", 0))
counter = collections.Counter("mississippi")
counter.subtract("miss")
print(counter, +counter, counter["nope"], counter & collections.Counter("ssp"), list(collections.Counter(a=2, b=1).elements()))
default = collections.defaultdict(lambda: collections.defaultdict(int))
default["x"]["y"] += 5
print(default["x"], "z" in default, {k: dict(v) for k, v in default.items()})
try:
    for k in d:
        d[k + "!"] = 1
except RuntimeError as error:
    print(error)
matrix = [[0] * 2] * 2
matrix[0][0] = 1
print(matrix, [1, 2, 3][::-1], [1, 2, 3, 4][1:-1], "abc"[5:], [0, 1, 2, 3, 4, 5][::2], slice(1, None, 2).indices(5))
row = list(range(10))
row[2:5] = ["x"]
del row[::3]
print(row, row * 2 == row + row, [3] in [[3]], (1, 2) < (1, 2, 0), [] < [0])
