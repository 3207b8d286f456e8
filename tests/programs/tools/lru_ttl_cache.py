import functools
import time
from collections import OrderedDict


class TTLCache:
    def __init__(self, size, ttl, clock=time.monotonic):
        self.size, self.ttl, self.clock, self.items = size, ttl, clock, OrderedDict()
        self.hits = self.misses = 0

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            key = functools._make_key(args, kwargs, typed=False)
            now = self.clock()
            if key in self.items and self.items[key][0] > now:
                self.hits += 1
                self.items.move_to_end(key)
                return self.items[key][1]
            self.misses += 1
            value = function(*args, **kwargs)
            self.items[key] = (now + self.ttl, value)
            self.items.move_to_end(key)
            while len(self.items) > self.size:
                self.items.popitem(last=False)
            return value

        wrapper.cache = self
        return wrapper


now = [0.0]


@TTLCache(2, 10, clock=lambda: now[0])
def square(n, *, label=""):
    return n * n, label


for step, n in [(0, 1), (1, 1), (1, 2), (1, 3), (1, 1), (20, 1)]:
    now[0] += step
    square(n)
print(square.cache.hits, square.cache.misses, len(square.cache.items), square(3, label="x"))
