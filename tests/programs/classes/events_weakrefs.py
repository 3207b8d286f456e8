import gc
import weakref


class Signal:
    def __init__(self):
        self._handlers = []

    def connect(self, handler):
        ref = weakref.WeakMethod(handler) if hasattr(handler, "__self__") else weakref.ref(handler)
        self._handlers.append(ref)

    def emit(self, *args):
        self._handlers = [ref for ref in self._handlers if ref() is not None]
        return [ref()(*args) for ref in self._handlers]


class Listener:
    def __init__(self, name):
        self.name = name

    def heard(self, text):
        return f"{self.name} heard {text}"

    def __del__(self):
        print("gone:", self.name)


signal = Signal()
a, b = Listener("a"), Listener("b")
signal.connect(a.heard)
signal.connect(b.heard)
print(signal.emit("one"))
del a
print(signal.emit("two"), len(signal._handlers))
cache = weakref.WeakValueDictionary(b=b)
print(list(cache), cache.get("b").name)
weakref.finalize(b, print, "finalized")
b.loop = b
del b
gc.collect()
print(list(cache), signal.emit("three"))
proxy_target = Listener("p")
proxy = weakref.proxy(proxy_target)
print(proxy.name)
del proxy_target
try:
    proxy.name
except ReferenceError as error:
    print(error)
