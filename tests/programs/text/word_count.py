import collections
import re
import string

text = """It was the best of times, it was the worst of times, it was the age of wisdom,
it was the age of foolishness... "It was the epoch of belief," said he; it wasn't!"""
words = re.findall(r"[a-z']+", text.lower())
counts = collections.Counter(words)
print(len(words), len(counts))
for word, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:8]:
    print(f"{word:<12}{n:>3} {'#' * n}")
by_length = collections.defaultdict(set)
for word in counts:
    by_length[len(word)].add(word)
for length in sorted(by_length):
    print(length, sorted(by_length[length]))
letters = collections.Counter(c for c in text.lower() if c in string.ascii_lowercase)
print(letters.most_common(5))
print(max(counts, key=len), sum(map(len, words)) / len(words))
