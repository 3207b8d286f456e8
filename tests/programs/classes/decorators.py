import functools
import inspect


def trace(function=None, *, prefix="->"):
    if function is None:
        return functools.partial(trace, prefix=prefix)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        shown = ", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())])
        print(f"{prefix} {function.__name__}({shown})")
        result = function(*args, **kwargs)
        print(f"{prefix} {result!r}")
        return result

    return wrapper


def validate(function):
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            expected = signature.parameters[name].annotation
            if expected is not inspect.Parameter.empty and not isinstance(value, expected):
                raise TypeError(f"{name}={value!r} is not {expected.__name__}")
        return function(*args, **kwargs)

    return wrapper


class CountCalls:
    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function, self.calls = function, 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)


@trace(prefix="##")
@validate
def area(width: int, height: int = 2):
    """Of a rectangle."""
    return width * height


class Shape:
    @CountCalls
    def name(self):
        return type(self).__name__

    @functools.cached_property
    def heavy(self):
        print("computed")
        return 42

    @functools.singledispatchmethod
    def show(self, value):
        return f"object {value}"

    @show.register
    def _(self, value: int):
        return f"int {value}"

    @show.register(list)
    def _(self, value):
        return f"list of {len(value)}"


area(3)
try:
    area("3")
except TypeError as error:
    print(error)
print(area.__name__, area.__doc__, inspect.signature(area), area.__wrapped__.__wrapped__.__name__)
shape = Shape()
print(shape.name(), shape.name(), Shape.name.calls, shape.heavy, shape.heavy, shape.show(1), shape.show([1]), shape.show(None))


@functools.lru_cache(maxsize=2)
def slow(n):
    return n * 2


print([slow(n) for n in (1, 2, 1, 3, 2)], slow.cache_info())
print(functools.reduce(lambda a, b: a * 10 + b, [1, 2, 3]), functools.partial(int, base=2)("101"))
