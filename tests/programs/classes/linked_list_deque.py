from collections.abc import Iterable, MutableSequence, Sequence


class Link:
    __slots__ = ("value", "next")

    def __init__(self, value, next=None):
        self.value, self.next = value, next


class LinkedList(MutableSequence):
    def __init__(self, items: Iterable = ()):
        self.head, self.size = None, 0
        for item in reversed(list(items)):
            self.head = Link(item, self.head)
            self.size += 1

    def _link(self, index):
        if index < 0:
            index += self.size
        if not 0 <= index < self.size:
            raise IndexError(f"index {index} of {self.size}")
        node = self.head
        for _ in range(index):
            node = node.next
        return node

    def __getitem__(self, index):
        return self._link(index).value

    def __setitem__(self, index, value):
        self._link(index).value = value

    def __delitem__(self, index):
        node = self._link(index)
        if node is self.head:
            self.head = node.next
        else:
            before = self._link((index if index >= 0 else index + self.size) - 1)
            before.next = node.next
        self.size -= 1

    def __len__(self):
        return self.size

    def insert(self, index, value):
        index = max(0, min(index, self.size))
        if index == 0:
            self.head = Link(value, self.head)
        else:
            before = self._link(index - 1)
            before.next = Link(value, before.next)
        self.size += 1

    def __repr__(self):
        return " -> ".join(map(repr, self)) or "empty"


items = LinkedList("abc")
items.append("d")
items.insert(0, "start")
items[1] = "A"
del items[-1]
items.extend([1, 2])
items.reverse()
print(items, len(items), "A" in items, items.index("A"), items.count(1), items.pop(), items.pop(0), isinstance(items, Sequence))
items += ["x"]
items.remove("x")
print(items, list(reversed(items)), LinkedList())
for attempt in (lambda: items[99], lambda: items.remove("nope"), lambda: LinkedList().pop()):
    try:
        attempt()
    except (IndexError, ValueError) as error:
        print(type(error).__name__, error)
