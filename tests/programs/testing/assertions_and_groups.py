import sys
import traceback


class AppError(Exception):
    def __init__(self, code, *args):
        super().__init__(code, *args)
        self.code = code

    def __str__(self):
        return f"[{self.code}] {super().__str__()}"


def low():
    raise ValueError("low level")


def high():
    try:
        low()
    except ValueError as error:
        error.add_note("while doing high things")
        raise AppError(42, "high level") from error


try:
    high()
except AppError as error:
    print(error, error.__cause__, error.__cause__.__notes__, error.__traceback__.tb_next.tb_frame.f_code.co_name)
    print([f.name for f in traceback.extract_tb(error.__traceback__)])
try:
    assert 1 == 2, {"values": (1, 2)}
except AssertionError as error:
    print(error.args)
try:
    raise ExceptionGroup("many", [ValueError(1), TypeError("t"), ExceptionGroup("inner", [KeyError("k"), ValueError(2)])])
except* ValueError as group:
    print("values", [str(e) for e in group.exceptions], group.message)
except* (TypeError, KeyError) as group:
    print("others", group)


def flow(n):
    for i in range(3):
        try:
            if i == n:
                return f"return {i}"
            if n == 5:
                continue
        except ZeroDivisionError:
            pass
        else:
            print("else", i)
        finally:
            print("finally", i)
    else:
        return "loop ended"


print(flow(1), flow(5), flow(9))
try:
    try:
        1 / 0
    finally:
        raise KeyError("replaced")
except KeyError as error:
    print(repr(error.__context__), error.__suppress_context__)
for text in ("int('x')", "[][1]", "{}['a']", "None.x", "1 + 'a'", "undefined", "len(5)", "'a'.foo", "[1, 2, 3].index(9)", "max([])", "next(iter([]))", "int(None)", "'%d' % 'x'", "a, b = 1, 2, 3", "f(1)(2)", "import nothing_here", "range(1.5)", "open(1, 2, 3, 4, 5, 6, 7, 8, 9)", "sum('ab')", "{[]: 1}", "b'a' + 'b'", "().x", "int.foo", "print(sep=1)", "'abc'[1.5]", "float('abc')", "chr(-1)", "bytes(-1)", "sorted([1, 'a'])", "isinstance(1, 2)"):
    try:
        exec(text, {"f": lambda x: x})
    except Exception as error:
        print(f"{text:32} {type(error).__name__}: {error}")
print(sys.exception())
