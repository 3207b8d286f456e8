"""Building text: joins, formats, slices, case and search."""


def table(rows):
    lines = []
    for i in range(rows):
        cells = [f"{i:>6}", f"{i * 1.5:8.2f}", hex(i), str(i * i), "yes" if i % 2 else "no"]
        lines.append(" | ".join(cells))
    return "\n".join(lines)


def caesar(text, by):
    letters = "abcdefghijklmnopqrstuvwxyz"
    turned = letters[by:] + letters[:by]
    return text.translate(str.maketrans(letters, turned))


def reversed_words(text):
    result = ""
    for word in text.split():
        result += word[::-1].capitalize() + " "
    return result


total = 0
for turn in range(16):
    text = table(4000)
    total += len(text) + text.count("yes") + text.find("3999")
    words = "the quick brown fox jumps over the lazy dog " * 800
    shifted = caesar(words, turn % 25 + 1)
    back = caesar(shifted, 25 - turn % 25)
    total += len(reversed_words(back)) + (back == words)
    total += sum(1 for c in words if c in "aeiou")
    total += len(words.replace("fox", "hedgehog").upper().encode())
print(total)
