import operator
from fractions import Fraction


class Money:
    def __init__(self, amount, currency="EUR"):
        self.amount, self.currency = Fraction(str(amount)), currency

    def _same(self, other):
        if not isinstance(other, Money):
            return False
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return True

    def __add__(self, other):
        return Money(self.amount + other.amount, self.currency) if self._same(other) else NotImplemented

    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __truediv__(self, other):
        if isinstance(other, Money):
            self._same(other)
            return self.amount / other.amount
        return Money(self.amount / other, self.currency)

    def __eq__(self, other):
        return isinstance(other, Money) and (self.amount, self.currency) == (other.amount, other.currency)

    def __hash__(self):
        return hash((self.amount, self.currency))

    def __str__(self):
        return f"{float(self.amount):.2f} {self.currency}"

    def split(self, ways):
        cents, rest = divmod(round(self.amount * 100), ways)
        return [Money(Fraction(cents + (n < rest), 100), self.currency) for n in range(ways)]


wallet = [Money("0.10"), Money("0.20"), Money(5)]
print(sum(wallet), sum(wallet) == Money("5.3"), len({Money(1), Money("1.0")}), *Money(100).split(3))
print(Money(7) / 2, Money(7) / Money(2), operator.eq(Money(1), 1))
for attempt in (lambda: Money(1) + Money(1, "USD"), lambda: Money(1) + 1, lambda: Money("x")):
    try:
        attempt()
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
