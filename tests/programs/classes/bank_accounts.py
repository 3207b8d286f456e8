from abc import ABC, abstractmethod
from decimal import Decimal


class InsufficientFunds(Exception):
    def __init__(self, needed, available):
        super().__init__(f"needs {needed}, has {available}")
        self.needed, self.available = needed, available


class Account(ABC):
    _next = 1

    def __init__(self, owner, balance="0"):
        self.owner, self._balance = owner, Decimal(balance)
        self.number = Account._next
        Account._next += 1
        self.history = []

    @property
    def balance(self):
        return self._balance

    @abstractmethod
    def fee(self, amount): ...

    def withdraw(self, amount):
        amount = Decimal(amount)
        total = amount + self.fee(amount)
        if total > self._balance:
            raise InsufficientFunds(total, self._balance)
        self._balance -= total
        self.history.append(("withdraw", amount))

    def deposit(self, amount):
        if Decimal(amount) <= 0:
            raise ValueError("a deposit is positive")
        self._balance += Decimal(amount)
        self.history.append(("deposit", Decimal(amount)))

    def __repr__(self):
        return f"{type(self).__name__}({self.owner!r}, {self._balance})"


class Checking(Account):
    def fee(self, amount):
        return (amount * Decimal("0.01")).quantize(Decimal("0.01"))


class Savings(Account):
    def fee(self, amount):
        return Decimal(0)


accounts = [Checking("Ana", "100"), Savings("Bo", "50.50")]
accounts[0].withdraw("33.33")
accounts[1].deposit(10)
for attempt in (lambda: accounts[1].withdraw(100), lambda: accounts[0].deposit(-1), lambda: Account("x"), lambda: setattr(accounts[0], "balance", 5)):
    try:
        attempt()
    except (InsufficientFunds, ValueError, TypeError, AttributeError) as error:
        print(type(error).__name__, error)
print(accounts, [a.number for a in accounts], accounts[0].history)
