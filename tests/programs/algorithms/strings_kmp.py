def failure(pattern):
    table, k = [0], 0
    for c in pattern[1:]:
        while k and c != pattern[k]:
            k = table[k - 1]
        k += c == pattern[k]
        table.append(k)
    return table


def search(text, pattern):
    table, k = failure(pattern), 0
    for i, c in enumerate(text):
        while k and c != pattern[k]:
            k = table[k - 1]
        k += c == pattern[k]
        if k == len(pattern):
            yield i - k + 1
            k = table[k - 1]


def rabin_karp(text, pattern, base=256, mod=1_000_000_007):
    n = len(pattern)
    want = got = 0
    high = pow(base, n - 1, mod)
    for a, b in zip(pattern, text):
        want = (want * base + ord(a)) % mod
        got = (got * base + ord(b)) % mod
    for i in range(len(text) - n + 1):
        if want == got and text[i:i + n] == pattern:
            yield i
        if i + n < len(text):
            got = ((got - ord(text[i]) * high) * base + ord(text[i + n])) % mod


def suffix_array(s):
    return sorted(range(len(s)), key=lambda i: s[i:])


def z(s):
    out, left, right = [len(s)] + [0] * (len(s) - 1), 0, 0
    for i in range(1, len(s)):
        if i < right:
            out[i] = min(right - i, out[i - left])
        while i + out[i] < len(s) and s[out[i]] == s[i + out[i]]:
            out[i] += 1
        if i + out[i] > right:
            left, right = i, i + out[i]
    return out


text = "ABABDABACDABABCABABABABCABAB"
for pattern in ("ABABCABAB", "AB", "X", "BA"):
    print(pattern, list(search(text, pattern)), list(rabin_karp(text, pattern)) == list(search(text, pattern)))
print(failure("AABAACAABAA"), suffix_array("banana"), z("aabxaabxcaabxaabxay"))
bwt = "".join((lambda s: [s[i - 1] for i in suffix_array(s)])("banana$"))
table = [""] * len(bwt)
for _ in bwt:
    table = sorted(c + row for c, row in zip(bwt, table))
print(bwt, next(row for row in table if row.endswith("$")))
