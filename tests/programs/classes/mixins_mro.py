class Base:
    def __init__(self, **kwargs):
        self.log = ["Base"]
        if kwargs:
            raise TypeError(f"left over: {sorted(kwargs)}")

    def save(self):
        return ["Base.save"]


class Named(Base):
    def __init__(self, name="?", **kwargs):
        super().__init__(**kwargs)
        self.name = name
        self.log.append("Named")

    def save(self):
        return ["Named.save", *super().save()]


class Aged(Base):
    def __init__(self, age=0, **kwargs):
        super().__init__(**kwargs)
        self.age = age
        self.log.append("Aged")

    def save(self):
        return ["Aged.save", *super().save()]


class Person(Named, Aged):
    def save(self):
        return ["Person.save", *super().save()]


person = Person(name="Ana", age=3)
print(person.log, person.save(), [c.__name__ for c in Person.__mro__], vars(person))
try:
    Person(nam="x")
except TypeError as error:
    print(error)
try:
    type("Odd", (Base, Named), {})
except TypeError as error:
    print(error)


class Meta:
    __secret = 1

    def __getattribute__(self, name):
        if name == "magic":
            return "computed"
        return super().__getattribute__(name)

    def __class_getitem__(cls, item):
        return f"{cls.__name__}[{item}]"

    def __call__(self, *args):
        return args

    def __dir__(self):
        return ["b", "a"]


m = Meta()
print(m.magic, Meta[3], m(1, 2), dir(m), m._Meta__secret, callable(m), isinstance(True, int), issubclass(Person, Base))
