class Typed:
    def __init__(self, kind, default=None):
        self.kind, self.default = kind, default

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner):
        return self if instance is None else getattr(instance, self.name, self.default)

    def __set__(self, instance, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name[1:]} must be {self.kind.__name__}, not {type(value).__name__}")
        setattr(instance, self.name, value)


class Registry(type):
    known = {}

    def __new__(mcls, name, bases, namespace, **options):
        cls = super().__new__(mcls, name, bases, namespace)
        if options.get("register", True):
            mcls.known[name.lower()] = cls
        return cls

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)

    def __call__(cls, *args, **kwargs):
        instance = super().__call__(*args, **kwargs)
        instance.created = True
        return instance


class Model(metaclass=Registry, register=False):
    def __init__(self, **fields):
        for key, value in fields.items():
            setattr(self, key, value)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.fields = [n for n, v in vars(cls).items() if isinstance(v, Typed)]

    def __getattr__(self, name):
        raise AttributeError(f"no {name} in {type(self).__name__}")


class User(Model):
    name = Typed(str)
    age = Typed(int, 18)


class Item(Model):
    price = Typed(float)


user = User(name="Ana")
print(Registry.known.keys(), User.fields, user.name, user.age, user.created, Item(price=1.5).price)
for attempt in (lambda: User(name=3), lambda: user.missing, lambda: setattr(user, "age", "old")):
    try:
        attempt()
    except (TypeError, AttributeError) as error:
        print(type(error).__name__, error)
print(type(User).__name__, User.name.kind, isinstance(user, Model), User.__mro__[1].__name__)
