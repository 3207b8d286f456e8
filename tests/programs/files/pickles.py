import collections
import copyreg
import datetime
import io
import pickle


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)

    def __getstate__(self):
        return {"x": self.x, "y": self.y, "saved": True}

    def __setstate__(self, state):
        self.x, self.y = state["x"], state["y"]


class Singleton:
    _one = None

    def __new__(cls):
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def __reduce__(self):
        return (Singleton, ())


loop = [1, 2]
loop.append(loop)
values = [Point(1, 2.5), Singleton(), {"when": datetime.date(2024, 2, 29)}, collections.OrderedDict(a=1), 1 << 200, ("ü", b"\x00")]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    again = pickle.loads(pickle.dumps(values, protocol))
    print(protocol, again[0] == values[0], again[1] is values[1], again[2:] == values[2:])
copied = pickle.loads(pickle.dumps(loop))
print(copied[2] is copied)


class Refusing(pickle.Unpickler):
    def find_class(self, module, name):
        if module == "builtins" and name in {"list", "dict", "set"}:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")


print(Refusing(io.BytesIO(pickle.dumps({1: {2}}))).load())
try:
    Refusing(io.BytesIO(pickle.dumps(Point(1, 2)))).load()
except pickle.UnpicklingError as error:
    print(error)
try:
    pickle.dumps(lambda: 0)
except Exception as error:
    print(type(error).__name__)
copyreg.pickle(complex, lambda c: (complex, (c.real, c.imag)))
print(pickle.loads(pickle.dumps(3 + 4j)))
