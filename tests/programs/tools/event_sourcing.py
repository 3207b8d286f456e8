import dataclasses
import itertools
import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    kind: str
    data: dict
    number: int = field(default_factory=itertools.count(1).__next__)


@dataclass
class Cart:
    items: dict = field(default_factory=dict)
    closed: bool = False

    def apply(self, event):
        match event:
            case Event("add", {"item": item, **rest}):
                self.items[item] = self.items.get(item, 0) + rest.get("count", 1)
            case Event("remove", {"item": item}) if item in self.items:
                del self.items[item]
            case Event("checkout"):
                self.closed = True
            case Event(kind=kind):
                raise ValueError(f"cannot apply {kind} to {self.items}")
        return self


log = [Event("add", {"item": "pen"}), Event("add", {"item": "pen", "count": 4}), Event("add", {"item": "cup"}), Event("remove", {"item": "cup"}), Event("checkout", {})]
stored = json.dumps([dataclasses.asdict(e) for e in log])
cart = Cart()
for raw in json.loads(stored):
    cart.apply(Event(**raw))
print(cart, [e.number for e in log])
try:
    cart.apply(Event("remove", {"item": "hat"}))
except ValueError as error:
    print(error)
print([Cart() == Cart(), cart == Cart({"pen": 5}, True)])
