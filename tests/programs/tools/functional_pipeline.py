import collections
import functools
import itertools
import operator

people = [{"name": "Ana", "age": 34, "langs": ["py", "c"]}, {"name": "Bo", "age": 19, "langs": []}, {"name": "Cy", "age": 51, "langs": ["py", "rust", "c"]}]
compose = lambda *fs: functools.reduce(lambda f, g: lambda x: g(f(x)), fs)
adults = functools.partial(filter, lambda p: p["age"] > 20)
names = functools.partial(map, operator.itemgetter("name"))
print(compose(adults, names, list)(people))
print(collections.Counter(itertools.chain.from_iterable(p["langs"] for p in people)).most_common())
print({lang: [p["name"] for p in people if lang in p["langs"]] for lang in sorted({l for p in people for l in p["langs"]})})
print(sorted(people, key=operator.itemgetter("age"), reverse=True)[0]["name"], min(people, key=lambda p: len(p["langs"]))["name"])
print(list(map(operator.methodcaller("upper"), "abc")), list(itertools.starmap(pow, [(2, 5), (3, 2)])), all(map(str.isalpha, ["a", "b"])))
print(dict(zip("abc", itertools.count(1))), [*filter(None, [0, 1, "", "x", None])], list(reversed(range(0, 10, 3))), sum(x * y for x, y in zip(range(5), range(5, 10))))
first, *middle, last = range(6)
print(first, middle, last, [y := 1, y + 1, y * 10], (lambda *a, **k: (a, k))(1, *[2, 3], x=4, **{"z": 5}))
print([x for row in [[1, 2], [3]] for x in row if x != 2], {x % 3 for x in range(10)}, {k: v for k, v in sorted({"b": 1, "a": 2}.items())})
print(*map("{0[name]:>5}|{0[age]:<4}|".format, people), sep="\n")
