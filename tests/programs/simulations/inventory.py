from collections import OrderedDict, defaultdict, deque


class Inventory:
    def __init__(self, capacity):
        self.capacity, self.lots, self.moves = capacity, defaultdict(deque), []

    @property
    def stock(self):
        return {item: sum(n for n, _ in lots) for item, lots in self.lots.items() if lots}

    def receive(self, item, count, cost):
        if sum(self.stock.values()) + count > self.capacity:
            raise OverflowError(f"no room for {count} {item}")
        self.lots[item].append([count, cost])

    def ship(self, item, count):
        if self.stock.get(item, 0) < count:
            raise LookupError(f"only {self.stock.get(item, 0)} {item}")
        total = 0
        while count:
            lot = self.lots[item][0]
            taken = min(count, lot[0])
            lot[0] -= taken
            count -= taken
            total += taken * lot[1]
            if not lot[0]:
                self.lots[item].popleft()
        return total


shop = Inventory(100)
shop.receive("pen", 30, 2)
shop.receive("pen", 30, 3)
shop.receive("cup", 5, 7.5)
print(shop.ship("pen", 40), shop.stock)
for attempt in (lambda: shop.receive("desk", 99, 1), lambda: shop.ship("cup", 6), lambda: shop.ship("hat", 1)):
    try:
        attempt()
    except (OverflowError, LookupError) as error:
        print(type(error).__name__, error)
cache = OrderedDict()
hits = 0
for key in "abcabdaebc":
    if key in cache:
        hits += 1
        cache.move_to_end(key)
    else:
        if len(cache) == 3:
            cache.popitem(last=False)
        cache[key] = True
print(hits, list(cache))
