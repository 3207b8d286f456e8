VALUES = {"M": 1000, "CM": 900, "D": 500, "CD": 400, "C": 100, "XC": 90, "L": 50, "XL": 40, "X": 10, "IX": 9, "V": 5, "IV": 4, "I": 1}


def to_roman(n):
    if not 0 < n < 4000:
        raise ValueError(f"{n} is out of range")
    out = ""
    for symbol, value in VALUES.items():
        times, n = divmod(n, value)
        out += symbol * times
    return out


def from_roman(text):
    total = 0
    for here, after in zip(text, text[1:] + " "):
        value = VALUES[here]
        total += -value if VALUES.get(after, 0) > value else value
    return total


for n in (1, 4, 9, 14, 40, 90, 400, 1994, 2024, 3999):
    print(n, to_roman(n))
assert all(from_roman(to_roman(n)) == n for n in range(1, 4000))
for wrong in (0, 4000):
    try:
        to_roman(wrong)
    except ValueError as error:
        print(error)
try:
    from_roman("ABC")
except KeyError as error:
    print("unknown", error)
