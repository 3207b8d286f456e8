import itertools
import random
from collections import Counter, namedtuple

Card = namedtuple("Card", "rank suit")
RANKS = "23456789TJQKA"


def score(hand):
    ranks = sorted((RANKS.index(c.rank) for c in hand), reverse=True)
    counts = sorted(Counter(ranks).items(), key=lambda rc: (-rc[1], -rc[0]))
    flush = len({c.suit for c in hand}) == 1
    straight = len(counts) == 5 and (ranks[0] - ranks[4] == 4 or ranks == [12, 3, 2, 1, 0])
    shape = tuple(n for _, n in counts)
    kind = 8 if flush and straight else 7 if shape[0] == 4 else 6 if shape == (3, 2) else 5 if flush else 4 if straight else {(3, 1, 1): 3, (2, 2, 1): 2, (2, 1, 1, 1): 1}.get(shape, 0)
    return kind, [r for r, _ in counts]


NAMES = "high pair two-pair three straight flush full-house four straight-flush".split()
deck = [Card(r, s) for r, s in itertools.product(RANKS, "CDHS")]
random.Random(9).shuffle(deck)
hands = [deck[i * 5:i * 5 + 5] for i in range(6)]
for hand in sorted(hands, key=score, reverse=True):
    print("".join(f"{c.rank}{c.suit} " for c in hand), NAMES[score(hand)[0]])
for text in ("AC KC QC JC TC", "AS 2D 3C 4H 5S", "7C 7D 7H 2S 2C", "9C 9D 9H 9S 2C"):
    print(text, NAMES[score([Card(*c) for c in text.split()])[0]])
print(Counter(NAMES[score(h)[0]] for h in itertools.islice(itertools.combinations(deck, 5), 20000)).most_common())
