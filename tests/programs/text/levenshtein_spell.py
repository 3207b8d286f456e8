import difflib
import functools

words = "the their there they then than this that these those thing think three through thought".split()


def distance(a, b):
    @functools.cache
    def d(i, j):
        if not i or not j:
            return i + j
        return min(d(i - 1, j) + 1, d(i, j - 1) + 1, d(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return d(len(a), len(b))


for wrong in ("thier", "thruogh", "thikn", "thse", "zzz"):
    best = sorted(words, key=lambda w: (distance(wrong, w), w))[:3]
    print(wrong, [(w, distance(wrong, w)) for w in best], difflib.get_close_matches(wrong, words))
a = "one\ntwo\nthree\nfour\n".splitlines(keepends=True)
b = "one\n2\nthree\nfour\nfive\n".splitlines(keepends=True)
print("".join(difflib.unified_diff(a, b, "before", "after")), end="")
print("".join(difflib.ndiff(a, b)), end="")
matcher = difflib.SequenceMatcher(None, "private Thread currentThread;", "private volatile Thread currentThread;")
print(round(matcher.ratio(), 3), matcher.get_opcodes())
