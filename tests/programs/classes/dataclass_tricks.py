import dataclasses
from dataclasses import KW_ONLY, InitVar, dataclass, field
from typing import ClassVar


@dataclass(order=True, frozen=True, slots=True)
class Version:
    major: int
    minor: int = 0
    tag: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text):
        return cls(*map(int, text.split(".")))


@dataclass
class Order:
    count: ClassVar[int] = 0
    lines: list = field(default_factory=list)
    _: KW_ONLY
    discount: InitVar[float] = 0.0
    total: float = field(init=False, repr=False)

    def __post_init__(self, discount):
        self.total = sum(q * p for q, p in self.lines) * (1 - discount)
        type(self).count += 1


print(sorted([Version(1, 2), Version.parse("1.10"), Version(0, 9)]), Version(1) == Version(1, tag="x"), hash(Version(1)) == hash(Version(1, 0, "y")))
order = Order([(2, 5.0), (1, 10.0)], discount=0.25)
print(order, order.total, Order.count, dataclasses.asdict(Version(3, tag="rc")), dataclasses.astuple(Version(3)))
print(dataclasses.replace(Version(1, 2), minor=5), [f.name for f in dataclasses.fields(Order)], dataclasses.is_dataclass(order))
for attempt in (lambda: setattr(Version(1), "major", 2), lambda: Version(), lambda: Order([], 0.5), lambda: Version(1) < 2):
    try:
        attempt()
    except (dataclasses.FrozenInstanceError, TypeError) as error:
        print(type(error).__name__, error)
try:
    @dataclass
    class Bad:
        items: list = []
except ValueError as error:
    print(error)
Point = dataclasses.make_dataclass("Point", [("x", int), ("y", int, field(default=0))], namespace={"norm": lambda self: abs(self.x) + abs(self.y)})
print(Point(3, -4), Point(3, -4).norm(), Version.__slots__)
match Version(2, 1):
    case Version(2, minor) if minor:
        print("two point", minor)
