from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Literal, NamedTuple, Protocol, TypedDict, TypeVar, get_args, get_origin, get_type_hints, overload, runtime_checkable


class Stack[T]:
    def __init__(self) -> None:
        self._items: list[T] = []

    def push(self, item: T) -> None:
        self._items.append(item)

    def pop(self) -> T:
        return self._items.pop()


def first[T](items: Iterable[T], test: Callable[[T], bool] = bool) -> T | None:
    return next((i for i in items if test(i)), None)


@runtime_checkable
class Sized(Protocol):
    def __len__(self) -> int: ...


class Movie(TypedDict, total=False):
    title: str
    year: int


class Pair(NamedTuple):
    left: int
    right: str = "r"

    def swap(self):
        return (self.right, self.left)


type Tree[T] = T | list[Tree[T]]


def depth(tree: Tree[int]) -> int:
    return 1 + max(map(depth, tree), default=0) if isinstance(tree, list) else 0


stack = Stack[int]()
stack.push(1)
print(stack.pop(), first([0, 3, 5]), first("abc", str.isupper), isinstance([], Sized), isinstance(3, Sized), depth([1, [2, [3]], []]))
print(Pair(1), Pair(1).swap(), Pair._fields, Pair(1)._replace(left=9), Movie(title="x"), Movie.__optional_keys__ == {"title", "year"})
print(get_type_hints(first), get_origin(dict[str, int]), get_args(Literal["a", 1]), Stack.__type_params__, Tree.__value__)
print(list[int] | None, Callable[[int], str], Stack[str], isinstance(5, int | str))
