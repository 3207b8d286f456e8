import copy
import difflib


def diff(old, new, path=()):
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in new:
                yield ("remove", (*path, key))
            elif key not in old:
                yield ("add", (*path, key), new[key])
            else:
                yield from diff(old[key], new[key], (*path, key))
    elif old != new:
        yield ("change", path, old, new)


def patch(document, changes):
    document = copy.deepcopy(document)
    for kind, path, *values in changes:
        target = document
        for key in path[:-1]:
            target = target[key]
        if kind == "remove":
            del target[path[-1]]
        else:
            target[path[-1]] = values[-1]
    return document


old = {"name": "app", "version": 1, "deps": {"a": "1.0", "b": "2.0"}, "tags": ["x"]}
new = {"name": "app", "version": 2, "deps": {"a": "1.1", "c": "3.0"}, "tags": ["x", "y"]}
changes = list(diff(old, new))
for change in changes:
    print(change)
print(patch(old, changes) == new, list(diff(new, new)))
print("".join(difflib.context_diff(["a\n", "b\n", "c\n"], ["a\n", "x\n", "c\n"], "f", "t", n=1)))
print(list(difflib.restore(difflib.ndiff("ab", "bc"), 2)), difflib.SequenceMatcher(None, "abcd", "bcde").find_longest_match())
