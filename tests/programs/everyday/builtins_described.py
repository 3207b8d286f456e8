import builtins
import contextlib
import inspect
import io
import pydoc

print(inspect.signature(dict.get), inspect.signature(sorted), inspect.signature(str.split), inspect.signature(open).parameters["mode"].default)
print(len.__doc__, "|", str.upper.__doc__)
for name in ("int", "print", "isinstance", "map", "zip", "enumerate"):
    print(name, (getattr(builtins, name).__doc__ or "").strip().splitlines()[0])
out = io.StringIO()
with contextlib.redirect_stdout(out):
    help(str.startswith)
    help("while")
print(out.getvalue()[:400])
print(pydoc.render_doc(len, renderer=pydoc.plaintext).splitlines()[0], inspect.getdoc(list.append), [].__doc__[:20])
print(callable(len), len.__module__, len.__self__.__name__, type(len).__name__, str.join.__text_signature__, [].append.__qualname__)
print(sorted(n for n in dir(builtins) if n[0].isupper() and n.endswith("Warning"))[:4], sum(isinstance(getattr(builtins, n), type) for n in dir(builtins)) > 60)
