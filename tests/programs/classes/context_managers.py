import contextlib
import io
import sys


class Timer:
    def __enter__(self):
        print("start")
        return self

    def __exit__(self, kind, error, trace):
        print("stop", kind.__name__ if kind else None)
        return kind is KeyError


@contextlib.contextmanager
def tag(name):
    print(f"<{name}>")
    try:
        yield name
    finally:
        print(f"</{name}>")


with Timer(), tag("a") as a, tag("b"):
    print(a)
    {}["x"]
try:
    with Timer():
        1 / 0
except ZeroDivisionError as error:
    print(error)
with contextlib.suppress(FileNotFoundError):
    open("/no/such/file")
with contextlib.redirect_stdout(io.StringIO()) as out:
    print("hidden")
print(repr(out.getvalue()))
with contextlib.ExitStack() as stack:
    for n in range(3):
        stack.enter_context(tag(f"n{n}"))
    stack.push(lambda *e: print("pushed", e[0]) or True)
    raise RuntimeError("gone")
with contextlib.closing(io.StringIO("x")) as f, contextlib.nullcontext(5) as n:
    print(f.read(), n)
print(f.closed)


@tag("decorated")
def greet():
    print("hello")


greet()
greet()
try:
    with tag("x"), tag("y"):
        raise ValueError("inner")
except ValueError as error:
    print(error, error.__context__)


@contextlib.contextmanager
def twice():
    yield 1
    yield 2


@contextlib.contextmanager
def never():
    return
    yield


for manager in (twice, never):
    try:
        with manager():
            pass
    except RuntimeError as error:
        print(error, error.__suppress_context__)
print(sys.exc_info())
