//! Past the language: raw buffers, and bytecode that no compiler has made.

use crate::Program;

/// `forge.memory()` is a forged bytearray over the guest's whole memory and beyond: what a program gets that breaks
/// CPython itself. All that is outside must hold against it.
pub(crate) const FORGE: &str = "
import dis, struct

def fetch(address):
    '''The object whose address stands at `address`, through a constant that is none.'''
    def forged(): pass
    constants = (1, 2, 3)
    index = (address - (id(constants) + tuple.__basicsize__)) // 4 & 0xffffffff
    code = bytes([dis.opmap['RESUME'], 0])
    for shift in (24, 16, 8): code += bytes([dis.opmap['EXTENDED_ARG'], index >> shift & 255])
    code += bytes([dis.opmap['LOAD_CONST'], index & 255, dis.opmap['RETURN_VALUE'], 0])
    forged.__code__ = forged.__code__.replace(co_code=code, co_consts=constants, co_stacksize=8)
    return forged()

kept = []

def forge(image):
    '''Bytes as an object.'''
    pointer = struct.pack('<I', id(image) + 16)
    kept.extend((image, pointer))
    return fetch(id(pointer) + 16)

def memory():
    return forge(struct.pack('<7I', 0x3fffffff, id(bytearray), 0x7fffffff, 0x7fffffff, 0, 0, 0))

def text(length):
    '''A str of ASCII whose length is a lie.'''
    return forge(struct.pack('<4I', 0x3fffffff, id(str), length, 0xffffffff) + bytes(memory()[id('a') + 16:id('a') + 20]) + b'abcd')

END = 44 << 20

def report(m):
    '''Where the host reads what a run has left.'''
    import os
    os.write(1, bytes(map(ord, 'needle-in-the-output')))
    found = 0
    while (found := m.find(b'needle-in-the-output', found + 1, END)) >= 0:
        at = 0
        while (at := m.find(struct.pack('<I', found), at + 1, END)) >= 0:
            length, room = struct.unpack_from('<2I', m, at + 4)
            if at % 4 == 0 and length == 20 and 4096 <= room <= 1 << 24: return at
";

pub(crate) const PROGRAMS: &[Program] = &[
    ("OSError", "import ctypes; ctypes.CDLL('libc.so.6')"),
    (
        "AttributeError",
        "import ctypes; ctypes.pythonapi.Py_Exit(0)",
    ),
    (
        "ok",
        "import ctypes\nF = ctypes.CFUNCTYPE(ctypes.c_int)\nfor address in (0, 1 << 16, 1 << 20, 1 << 31, (1 << 32) - 16, ctypes.addressof(ctypes.c_int())):\n  try: F(address)(); print('ESCAPED')\n  except SystemError: pass",
    ),
    (
        "SystemError|trap",
        "import ctypes; ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(40)(1.0)",
    ),
    (
        "trap",
        "import ctypes; ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int)(65535)(1, 2)",
    ),
    (
        "trap",
        "import ctypes; ctypes.string_at(0xfffffff0, 1 << 20)",
    ),
    (
        "trap",
        "import ctypes; ctypes.memmove(0xff000000, b'x' * 100, 100)",
    ),
    ("any", "import ctypes; ctypes.memset(0, 0xff, 40 << 20)"),
    (
        "any",
        "import ctypes; ctypes.memmove(id(None), bytes(64), 64); None",
    ),
    ("ModuleNotFoundError|ImportError", "import _testcapi"),
    (
        "ModuleNotFoundError|ImportError",
        "import _testinternalcapi",
    ),
    (
        "ImportError",
        "import _imp, importlib.machinery as m\nopen('/work/x.so', 'wb').write(b'\\x7fELF' + bytes(1000))\nm.ExtensionFileLoader('x', '/work/x.so').load_module('x')",
    ),
    (
        "ok",
        "import _imp\n_imp.create_builtin(type('S', (), {'name': 'x' * 100000, 'origin': ''}))",
    ),
    (
        "ok",
        "m = memoryview(bytearray(100))\nfor f in ('B', 'i', 'q', 'd', '?', 'P', 'n', '@x', '', 'zz'):\n  for shape in ([100], [10, 10], [0], [-1], [2**31], [2**62, 2**62], [1] * 70):\n    try: m.cast(f, shape)[0]\n    except Exception: pass",
    ),
    (
        "BufferError",
        "b = bytearray(100); m = memoryview(b); b.extend(bytes(1 << 20))",
    ),
    (
        "ok",
        "b = bytearray(100)\nclass I:\n  def __index__(s): b.clear(); b.extend(bytes(1 << 16)); return 50\nb[I()] = 1; b[I():I()] = b'x' * 100; b.insert(I(), I())",
    ),
    (
        "ok",
        "import array\na = array.array('I', range(100))\nclass I:\n  def __index__(s):\n    del a[:]; return 50\ntry: a[I()] = I()\nexcept IndexError: pass\na.frombytes(bytes(4)); a[I():I()]",
    ),
    (
        "ValueError",
        "l = list(range(1000))\nclass K:\n  def __init__(s, x): l.clear(); l.extend(bytes(5000))\n  def __lt__(s, o): l.append(1); return True\nl.sort(key=K)",
    ),
    (
        "ValueError",
        "class E:\n  def __eq__(s, o): l.clear(); return False\nl = [E() for _ in range(100)]\nl.index(1) if 1 in l else l.remove(E())",
    ),
    (
        "ok",
        "d = {}\nclass K:\n  def __hash__(s): return 1\n  def __eq__(s, o):\n    d.clear(); [d.__setitem__(i, i) for i in range(50)]; return False\nfor i in range(20): d[K()] = i\n{**d}; list(d.items())",
    ),
    (
        "OSError",
        "class F:\n  def write(s, b): global kept; kept = b\nimport io\nclass R(io.RawIOBase):\n  def readable(s): return True\n  def readinto(s, b): global kept; kept = b; return 10 ** 6\nio.BufferedReader(R()).read(10)\nkept[0]",
    ),
    (
        "OSError",
        "import io\nclass R(io.RawIOBase):\n  def writable(s): return True\n  def write(s, b): return 1 << 30\nw = io.BufferedWriter(R()); w.write(bytes(100000)); w.flush()",
    ),
    (
        "ok",
        "import struct\nfor f in ('1000000000d', '999999999999999999999i', 'P', '<' + 'x' * 100000, '0s' * 100000, '\\0', '@' * 100):\n  try: struct.pack_into(f, bytearray(10), 2**31 - 1); struct.unpack_from(f, b'', -2**31)\n  except Exception: pass",
    ),
    (
        "ok",
        "import _struct, array, binascii, codecs\ncodecs.charmap_build('x' * 256)\nfor name in ('idna', 'punycode', 'unicode_escape', 'utf-7', 'raw_unicode_escape', 'uu', 'zip', 'undefined', 'mbcs'):\n  for junk in (b'\\xff' * 1000, b'\\\\U00ffffff', b'+' * 1000, b'xn--' + b'9' * 1000):\n    try: codecs.decode(junk, name)\n    except Exception: pass",
    ),
    // Bytecode from types.CodeType, code.replace() and marshal.
    (
        "trap",
        "def f(): pass\nf.__code__ = f.__code__.replace(co_code=b'\\xff' * 1000)\nf()",
    ),
    (
        "trap",
        "def f(): pass\nf.__code__ = f.__code__.replace(co_code=b'')\nf()",
    ),
    (
        "trap",
        "import dis\ndef f(): pass\nf.__code__ = f.__code__.replace(co_code=bytes([dis.opmap['RESUME'], 0] + [dis.opmap['POP_TOP'], 0] * 1000 + [dis.opmap['RETURN_VALUE'], 0]))\nf()",
    ),
    (
        "trap",
        "import dis\ndef f(): pass\nf.__code__ = f.__code__.replace(co_code=bytes([dis.opmap['RESUME'], 0] + [dis.opmap['LOAD_FAST'], 255] * 5000 + [dis.opmap['RETURN_VALUE'], 0]))\nf()",
    ),
    (
        "trap",
        "import dis\ndef f(): pass\nf.__code__ = f.__code__.replace(co_code=bytes([dis.opmap['RESUME'], 0] + [dis.opmap['EXTENDED_ARG'], 255] * 3 + [dis.opmap['JUMP_FORWARD'], 255]))\nf()",
    ),
    (
        "trap",
        "import dis\nfor op in range(256):\n  def f(a=1, *, b=2): return a\n  f.__code__ = f.__code__.replace(co_code=bytes([dis.opmap['RESUME'], 0, op, 7, op, 255, dis.opmap['RETURN_VALUE'], 0]), co_stacksize=20)\n  try: f()\n  except BaseException: pass",
    ),
    (
        "ok",
        "def f(x): return x + 1\nf.__code__ = f.__code__.replace(co_stacksize=0, co_nlocals=0, co_varnames=(), co_argcount=0)\nf()",
    ),
    (
        "MemoryError",
        "def f(x): return x\nf.__code__.replace(co_stacksize=2**31 - 1); f.__code__ = f.__code__.replace(co_stacksize=10**8)\nf(1)",
    ),
    (
        "ok",
        "def f(x): return x\nf.__code__ = f.__code__.replace(co_exceptiontable=b'\\xff' * 1000, co_linetable=b'\\xff' * 1000)\ntry: f()\nexcept TypeError: pass\nlist(f.__code__.co_positions()); list(f.__code__.co_lines())",
    ),
    (
        "ValueError",
        "import types\ndef f(): pass\nc = types.CodeType(2**31 - 1, 0, 2**31 - 1, 2**31 - 1, 2**31 - 1, 0xff, b'', (), (), (), '', '', '', -1, b'', b'', (), ())\nexec(c)",
    ),
    (
        "any",
        "import marshal, os\ncode = marshal.dumps(compile('import sys\\nfor i in range(9): print(i, sys)', '', 'exec'))\nfor i in range(3000):\n  bad = bytearray(code); bad[os.urandom(1)[0] % len(bad)] = os.urandom(1)[0]\n  try: exec(marshal.loads(bytes(bad)), {})\n  except BaseException: pass",
    ),
    (
        "MemoryError",
        "import marshal\nmarshal.loads(b'\\xdb\\xff\\xff\\xff\\x7f')\n",
    ),
    (
        "ok",
        "import dis\ndef g(): yield 1\ng.__code__ = g.__code__.replace(co_flags=0)\ng()",
    ),
    (
        "AttributeError",
        "def f(): return 1\nf.__code__ = f.__code__.replace(co_flags=f.__code__.co_flags | 0x20 | 0x80 | 0x200)\nf().send(None)",
    ),
    (
        "UnboundLocalError",
        "def outer():\n  x = 1\n  def inner(): return x\n  return inner\nf = outer()\nf.__code__ = f.__code__.replace(co_freevars=('x',), co_cellvars=('y', 'z'))\nf.__closure__[0].cell_contents; f()",
    ),
    // With all of memory in hand.
    (
        "ok",
        "import forge\nm = forge.memory()\nfor at in range(0, forge.END, 4096): m[at] ^= 0xff",
    ),
    (
        "trap",
        "import forge\nm = forge.memory()\nfor at in range(1024, forge.END, 65536): m[at:at + 65536] = bytes(65536)",
    ),
    (
        "trap",
        "import forge\nm = forge.memory()\nfor at in range(1024, forge.END, 65536): m[at:at + 65536] = b'\\xff' * 65536",
    ),
    ("trap", "import forge\nm = forge.memory()\nm[0x7ffffff0]"),
    (
        "ok",
        "import forge\nm = forge.memory()\nm[id(7) + 8:id(7) + 20] = m[id(8) + 8:id(8) + 20]\nif 7 + 0 != 8: raise SystemError\nprint(6 + 1)",
    ),
    (
        "trap",
        "import forge, struct\nm = forge.memory()\nfor kind in (int, str, dict, list, type, object, tuple): m[id(kind):id(kind) + 200] = bytes(200)\n1 + 1",
    ),
    (
        "TypeError",
        "import forge, struct\nm = forge.memory()\nt = forge.forge(struct.pack('<5I', 0x3fffffff, id(type(len)), 0, 0, 0) + bytes(40))\nt()",
    ),
    (
        "ok",
        "import forge, struct\nm = forge.memory()\nfor index in range(0, 20000, 37):\n  struct.pack_into('<I', m, struct.unpack_from('<I', m, id(len) + 8)[0] + 4, index)\n  try: len([])\n  except Exception: pass",
    ),
    (
        "trap|SystemError",
        "import forge, _hatchery_host as h\nh.log(10, forge.text(0x7fffffff))",
    ),
    (
        "trap",
        "import forge, _hatchery_host as h\nh.call(forge.text(0x7ffffff0), '{}')",
    ),
    (
        "ok|trap",
        "import forge, _hatchery_host as h\nh.call('echo', forge.text(0x7ffffff0))",
    ),
    (
        "trap",
        "import forge, _hatchery_host as h\nh.call(forge.text(60 << 20), forge.text(100))",
    ),
    (
        "ok|trap",
        "import forge, _hatchery_host as h\nh.start('later', forge.text(60 << 20)); h.wait(0)",
    ),
    (
        "OverflowError",
        "import forge, os\nos.write(1, forge.text(0x7fffffff).encode()); os.write(1, forge.memory())",
    ),
    (
        "ok",
        "import forge, struct\nm = forge.memory(); at = forge.report(m)\nassert at, 'not found'\nstruct.pack_into('<3I', m, at, 0xfffffff0, 0xffffffff, 0xffffffff)",
    ),
    (
        "ok",
        "import forge, struct\nm = forge.memory(); at = forge.report(m)\nstruct.pack_into('<3I', m, at + 48, 0, 112 << 20, 112 << 20)\nimport os; os._exit(0)",
    ),
    // What the guest itself knows of its limits.
    (
        "any",
        "import forge, struct, os\nm = forge.memory()\nlimits = m.find(struct.pack('<4I', 1 << 20, 1 << 20, 1 << 30, 1 << 20), 0, forge.END)\nassert limits > 0, 'not found'\nat = forge.report(m)\nstruct.pack_into('<2I', m, limits, 0x7fffffff, 0x7fffffff)\nwhile True:\n  os.write(1, b'x' * 1000000); struct.pack_into('<I', m, at + 4, 0)",
    ),
    (
        "ok",
        "import forge, struct\nm = forge.memory(); at = forge.report(m)\nstruct.pack_into('<' + 'IIIIQ' * 4, m, at, *[0, 0x7fffffff, 0x7fffffff, 0, 2**64 - 1] * 4)",
    ),
    (
        "exit 1",
        "import forge, struct\nm = forge.memory(); at = forge.report(m)\nj = b'[' * 1000000\nstruct.pack_into('<3I', m, at + 72, id(j) + 16, len(j), len(j))\nimport os; os._exit(1)",
    ),
    (
        "exit 1",
        "import forge, struct\nm = forge.memory(); at = forge.report(m)\nj = b'{\"type\":\"x\",\"message\":\"y\",\"cause\":' * 20000\nstruct.pack_into('<3I', m, at + 72, id(j) + 16, len(j), len(j))\nimport os; os._exit(1)",
    ),
    (
        "trap",
        "import forge, struct\nm = forge.memory(); at = forge.report(m)\nfor near in range(at - 4096, at + 4096, 4): m[near:near + 4] = b'\\xff\\xff\\xff\\x7f'\nwhile True: print('x' * 1000)",
    ),
];
