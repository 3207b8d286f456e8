import inspect
from typing import Annotated, get_args, get_type_hints


class Container:
    def __init__(self):
        self.makers, self.made, self.depth = {}, {}, []

    def register(self, kind, maker=None, single=True):
        self.makers[kind] = (maker or kind, single)
        return kind

    def get(self, kind):
        if kind in self.made:
            return self.made[kind]
        if kind in self.depth:
            raise RecursionError(" -> ".join(k.__name__ for k in [*self.depth, kind]))
        if kind not in self.makers:
            raise LookupError(f"nobody makes {kind.__name__}")
        maker, single = self.makers[kind]
        self.depth.append(kind)
        try:
            hints = get_type_hints(maker.__init__ if inspect.isclass(maker) else maker)
            hints.pop("return", None)
            value = maker(**{name: self.get(hint) for name, hint in hints.items()})
        finally:
            self.depth.pop()
        if single:
            self.made[kind] = value
        return value


class Config:
    url = "db://x"


class Database:
    def __init__(self, config: Config):
        self.url = config.url


class Service:
    def __init__(self, db: Database, config: Config):
        self.db, self.config = db, config


class A:
    def __init__(self, b: "B"): ...


class B:
    def __init__(self, a: A): ...


container = Container()
for kind in (Config, Database, Service, A, B):
    container.register(kind)
service = container.get(Service)
print(service.db.url, service.config is container.get(Config), service is container.get(Service))
for wanted in (A, int):
    try:
        container.get(wanted)
    except (RecursionError, LookupError) as error:
        print(type(error).__name__, error)
print(get_args(Annotated[int, "meters", 3]), inspect.signature(Service), inspect.getfullargspec(Container.register).defaults)
