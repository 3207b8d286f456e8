"""What programs do with ctypes that calls nothing: types, structures over bytes, pointers, callbacks of Python's."""

import ctypes
import ctypes.util
import ctypes.wintypes
import struct
from ctypes import (
    CFUNCTYPE, POINTER, Array, BigEndianStructure, LittleEndianStructure, Structure, Union, addressof, alignment, byref,
    c_bool, c_byte, c_char, c_char_p, c_double, c_float, c_int, c_int16, c_int32, c_int64, c_longlong, c_short, c_ubyte,
    c_uint8, c_uint16, c_uint32, c_uint64, c_void_p, c_wchar, cast, create_string_buffer, create_unicode_buffer, memmove,
    memset, pointer, py_object, resize, sizeof, string_at, wstring_at,
)  # fmt: skip

print([sizeof(kind) for kind in (c_byte, c_short, c_int, c_longlong, c_float, c_double, c_bool, c_char, c_wchar)])
print([alignment(kind) for kind in (c_byte, c_short, c_int, c_longlong, c_float, c_double)])
print(c_uint8(300).value, c_int16(40000).value, c_uint32(-1).value, c_float(0.1).value, c_bool(3), c_char(b"x"))


class Header(BigEndianStructure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("magic", c_char * 4), ("version", c_uint16), ("flags", c_uint8), ("length", c_uint32)]


header = Header.from_buffer_copy(struct.pack(">4sHBI", b"HTCH", 3, 0x80, 1 << 20))
print(header.magic, header.version, header.flags, header.length, sizeof(Header), Header.length.offset)
header.version += 1
print(bytes(header))


class Bits(LittleEndianStructure):
    _fields_ = [("low", c_uint32, 3), ("middle", c_uint32, 13), ("high", c_uint32, 16), ("signed", c_int32, 5)]


bits = Bits(5, 4097, 0xBEEF, -3)
print(bits.low, bits.middle, hex(bits.high), bits.signed, sizeof(Bits), bytes(bits)[:5].hex())


class Value(Union):
    _fields_ = [("whole", c_uint32), ("parts", c_ubyte * 4), ("real", c_float)]


value = Value(real=1.0)
print(hex(value.whole), list(value.parts))


class Point(Structure):
    _fields_ = [("x", c_int), ("y", c_int)]

    def __repr__(self):
        return f"Point({self.x}, {self.y})"


class Shape(Structure):
    _anonymous_ = ["value"]
    _fields_ = [("points", Point * 3), ("value", Value), ("next", c_void_p)]


shape = Shape()
shape.points[1] = Point(3, 4)
shape.whole = 7
print(list(shape.points), shape.parts[0], shape.next, Shape.points.offset, Shape.value.offset)


class Node(Structure):
    pass


Node._fields_ = [("value", c_int), ("next", POINTER(Node))]
last = Node(2)
first = Node(1, pointer(last))
print(first.next.contents.value, bool(last.next))

numbers = (c_int * 5)(*range(5))
print(list(numbers), numbers[1:4], len(numbers), isinstance(numbers, Array), sum(numbers))
at = cast(numbers, POINTER(c_int))
at[2] = 20
print(list(numbers), at[:3], cast(at, c_void_p).value == addressof(numbers))
number = c_int(7)
to = pointer(number)
to.contents.value = 9
print(number.value, to[0], byref(number) is not None)

text = create_string_buffer(b"hello", 10)
memmove(text, b"HEY", 3)
print(text.raw, text.value, string_at(text, 2), string_at(text))
memset(text, ord("z"), 2)
print(text.value)
wide = create_unicode_buffer("grüße")
print(wide.value, wstring_at(wide, 3), len(wide))
resize(text, 20)
print(sizeof(text))

raw = bytearray(12)
view = (c_uint32 * 3).from_buffer(raw)
view[1] = 0xCAFEBABE
print(raw.hex(), memoryview(view).itemsize, memoryview(view).shape)
for wrong in (lambda: c_uint64.from_buffer(bytearray(4)), lambda: c_int("7"), lambda: Point(1, 2, 3),
              lambda: numbers[9], lambda: POINTER(c_int)().contents, lambda: (c_int * -1)()):  # fmt: skip
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, error)

total = CFUNCTYPE(c_int, c_int, c_double, c_char_p)(lambda a, b, c: int(a + b) + len(c))
print(total(1, 2.5, b"abc"))
print(CFUNCTYPE(c_short, c_short)(lambda x: -x)(5), CFUNCTYPE(c_double, c_float)(lambda x: x * 2)(1.5))
print(CFUNCTYPE(c_int64, c_int64)(lambda x: x + 1)(1 << 40), CFUNCTYPE(py_object, py_object)(lambda x: [x])("o"))
moved = CFUNCTYPE(None, POINTER(Point))(lambda place: setattr(place.contents, "x", 8))
point = Point(1, 2)
moved(byref(point))
print(point, CFUNCTYPE(c_int, Point)(lambda p: p.x * p.y)(point))


class Table(Structure):
    _fields_ = [("compare", CFUNCTYPE(c_int, c_int, c_int))]


table = Table(CFUNCTYPE(c_int, c_int, c_int)(lambda a, b: (a > b) - (a < b)))
print(table.compare(3, 2), table.compare(2, 2), table.compare(1, 2))

try:
    ctypes.CDLL("libnothere.so")
except OSError as error:
    print(str(error)[:14])
try:
    ctypes.CDLL(None).no_such_function
except AttributeError as error:
    print("no_such_function" in str(error))
print(ctypes.util.find_library("no-such-library"), ctypes.wintypes.DWORD(5).value >= 0)
