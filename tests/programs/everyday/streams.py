import contextlib
import io
import sys
import weakref

print(isinstance(weakref.ref(sys.stdout)(), io.TextIOBase), sys.stdout.encoding, sys.stdout.writable(), sys.stdout.readable(), sys.stdout.isatty())
sys.stdout.reconfigure(errors="replace")
print("sur\udc80")
sys.stdout.reconfigure(errors="strict", line_buffering=True)
try:
    print("\udc80")
except UnicodeEncodeError as error:
    print(error.reason)
sys.stdout.write("written\n")
sys.stdout.writelines(["a", "b\n"])
sys.stdout.buffer.write("bytes é\n".encode())
sys.stdout.flush()
with contextlib.redirect_stdout(io.StringIO()) as out:
    print("caught", end="")
    help
print(out.getvalue(), sys.stdin.read(), repr(sys.stdin.readline()))
try:
    input("prompt> ")
except EOFError as error:
    print(type(error).__name__)


class Tee(io.TextIOBase):
    def __init__(self, *targets):
        self.targets = targets

    def write(self, text):
        for target in self.targets:
            target.write(text)
        return len(text)


copy = io.StringIO()
old, sys.stdout = sys.stdout, Tee(sys.stdout, copy)
print("twice")
sys.stdout = old
print(repr(copy.getvalue()), print("x", "y", sep="-", end="!\n", flush=True))
print(sys.stdout.fileno(), sys.stderr.fileno(), sys.__stdout__ is sys.stdout, sys.stdout.name, sys.stdout.mode)
print("%s" % 1, *[2, 3], {4: 5}, None, sep="|")
