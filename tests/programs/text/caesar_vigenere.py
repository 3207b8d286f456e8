import itertools
import string


def caesar(text, shift):
    out = []
    for c in text:
        if c.isalpha() and c.isascii():
            base = ord("A" if c.isupper() else "a")
            out.append(chr((ord(c) - base + shift) % 26 + base))
        else:
            out.append(c)
    return "".join(out)


def vigenere(text, key, sign=1):
    shifts = itertools.cycle(ord(k) - 97 for k in key.lower())
    return "".join(caesar(c, sign * next(shifts)) if c.isalpha() else c for c in text)


message = "Attack at dawn, bring 3 friends!"
print(caesar(message, 3), caesar(caesar(message, 3), -3) == message)
print(vigenere(message, "Lemon"), vigenere(vigenere(message, "Lemon"), "Lemon", -1) == message)


def guess(text):
    frequency = "etaoinshrdlcumwfgypbvkjxqz"
    return max(range(26), key=lambda s: sum(26 - frequency.index(c) for c in caesar(text, -s).lower() if c in string.ascii_lowercase))


secret = caesar("the quick brown fox jumps over the lazy dog and then rests in the tree", 11)
print(secret, guess(secret))
print(str.maketrans("abc", "xyz", "d"), "abcd".translate(str.maketrans("abc", "xyz", "d")))
