from collections import defaultdict
from itertools import permutations

words = "listen silent enlist google elbow below state taste tates evil vile live veil noon level".split()
groups = defaultdict(list)
for word in words:
    groups["".join(sorted(word))].append(word)
for key, members in sorted(groups.items()):
    if len(members) > 1:
        print(key, members)


def longest_palindrome(s):
    best = ""
    for middle in range(len(s)):
        for left, right in ((middle, middle), (middle, middle + 1)):
            while left >= 0 and right < len(s) and s[left] == s[right]:
                left, right = left - 1, right + 1
            best = max(best, s[left + 1:right], key=len)
    return best


print(longest_palindrome("forgeeksskeegfor"), longest_palindrome("a"), longest_palindrome("abacdfgdcaba"))
print([w for w in words if w == w[::-1]])
print(sorted({"".join(p) for p in permutations("aab")}))
print("A man, a plan, a canal: Panama", (lambda t: t == t[::-1])([c.lower() for c in "A man, a plan, a canal: Panama" if c.isalnum()]))
