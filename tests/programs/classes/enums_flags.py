import enum
from enum import Enum, Flag, IntEnum, StrEnum, auto, unique


class Planet(Enum):
    EARTH = (5.976e24, 6.37814e6)
    MARS = (6.421e23, 3.3972e6)

    def __init__(self, mass, radius):
        self.mass, self.radius = mass, radius

    @property
    def gravity(self):
        return 6.67430e-11 * self.mass / self.radius**2


class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W


class Color(StrEnum):
    RED = auto()
    GREEN = "verde"

    @classmethod
    def _missing_(cls, value):
        return next((c for c in cls if c.name == str(value).upper()), None)


class Priority(IntEnum):
    LOW = 1
    HIGH = 10


for planet in Planet:
    print(planet, planet.name, round(planet.gravity, 2))
print(Perm.R | Perm.X, Perm.RW & Perm.W, Perm.W in Perm.RW, ~Perm.R, list(Perm.RW), Perm(7), bool(Perm(0)))
print(Color.RED, Color("verde"), Color("Green"), f"{Color.RED:>6}", Color.RED == "red", repr(Color.GREEN))
print(Priority.HIGH > Priority.LOW, Priority.HIGH + 1, sorted(Priority, reverse=True), Priority(1), Planet["MARS"], len(Planet))
for attempt in (lambda: Color("blue"), lambda: Planet(3), lambda: Perm(99), lambda: setattr(Color, "RED", 1)):
    try:
        print(attempt())
    except (ValueError, AttributeError) as error:
        print(type(error).__name__, error)
try:
    @unique
    class Twice(Enum):
        A = 1
        B = 1
except ValueError as error:
    print(error)
Animal = Enum("Animal", "CAT DOG", start=5)
print(list(Animal), Animal.CAT.value, enum.Enum.__class__.__name__)
