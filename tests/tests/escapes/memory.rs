//! More than there is: memory, numbers and files without end.

use crate::Program;

pub(crate) const PROGRAMS: &[Program] = &[
    (
        "MemoryError",
        "x = []\nwhile True: x.append(bytearray(1 << 20))",
    ),
    ("MemoryError", "x = []\nwhile True: x.append('y' * 10000)"),
    ("MemoryError", "x = 'a'\nwhile True: x += x"),
    ("MemoryError|OverflowError", "'x' * 10**10"),
    ("MemoryError|OverflowError", "[0] * 2**62"),
    ("MemoryError|OverflowError", "b'x' * (2**31 - 17)"),
    ("MemoryError", "bytearray(2**31 - 64)"),
    ("MemoryError", "b'x'.ljust(1 << 30)"),
    ("MemoryError|ValueError", "f'{1:2000000000}'"),
    ("MemoryError|OverflowError", "'%2000000000d' % 1"),
    (
        "MemoryError",
        "x = {}\ni = 0\nwhile True:\n  x[i] = i; i += 1",
    ),
    ("MemoryError", "x = set()\nfor i in range(10**9): x.add(i)"),
    (
        "MemoryError",
        "import itertools; list(itertools.product(range(100), repeat=100))",
    ),
    (
        "MemoryError",
        "import itertools; itertools.combinations(range(10), 10**9 // 2)\nlist(itertools.tee(itertools.count(), 10**8))",
    ),
    ("MemoryError", "' '.join(['x' * (1 << 20)] * 1000)"),
    ("MemoryError", "('ab' * (1 << 20)).replace('b', 'c' * 1000)"),
    ("MemoryError", "'\\U0001f600' * (1 << 28)"),
    (
        "MemoryError",
        "x = []\nfor size in range(10**9): x.append(bytes(size % 5000)); del x[::7]",
    ),
    (
        "MemoryError",
        "kept = [bytes(1000) for i in range(40000)]\ndel kept[::2]\nkept.append(bytearray(60 << 20))",
    ),
    (
        "exit 1|MemoryError",
        "x = []\ntry:\n  while True: x.append(bytearray(4096))\nexcept MemoryError: pass\ny = []\ntry:\n  while True: y.append(object())\nexcept MemoryError: pass\nimport json; json.dumps(x and 1); raise MemoryError",
    ),
    (
        // There is room for the text, or there is not: that is where the list's last growth has left the limit.
        "exit 1|ok",
        "x = []\ntry:\n  while True: x.append(bytearray(1))\nexcept MemoryError: print('a' * 100000)",
    ),
    (
        // Or frames end first, or there is no room left to say so.
        "MemoryError|RecursionError|exit 1",
        "def f():\n  try: f()\n  except MemoryError: x = [bytearray(1 << 24)] * 2; f()\nkept = []\ntry:\n  while True: kept.append(bytes(1 << 16))\nexcept MemoryError: f()",
    ),
    (
        "MemoryError|OSError",
        "f = open('/work/f', 'wb')\nwhile True: f.write(b'x' * 10**6)",
    ),
    (
        "MemoryError|OSError",
        "i = 0\nwhile True:\n  i += 1; open(f'/work/{i}', 'w').write('x' * 5000)",
    ),
    (
        "OSError|MemoryError|OverflowError",
        "open('/work/f', 'wb').truncate(1 << 40)",
    ),
    (
        "OSError|MemoryError",
        "for i in range(1000): open(f'/tmp/{i}', 'wb').truncate(900 << 20)",
    ),
    (
        "MemoryError",
        "import array; array.array('Q', bytes(8)) * 2**28",
    ),
    (
        "SystemError",
        "import collections; collections.deque(range(10**9))",
    ),
    (
        "OverflowError",
        "import io; b = io.BytesIO(); b.seek(2**31 - 2); b.write(b'xx')",
    ),
    (
        "OverflowError",
        "import io; s = io.StringIO(); s.seek(2**31 - 2); s.write('xx')",
    ),
    (
        "any",
        "class A: pass\na = A()\ni = 0\nwhile True: setattr(a, f'n{i}' * 10, i); i += 1",
    ),
    (
        "any",
        "i = 0\nwhile True: i += 1; exec(f'def f{i}(): return {i} * \"x\"')",
    ),
    (
        "any",
        "import sys\ni = 0\nwhile True: i += 1; sys.intern(str(i) * 20)",
    ),
    (
        "any",
        "while True: type('T', (), {f'm{i}': i for i in range(1000)})",
    ),
    (
        "any",
        "import re\ni = 0\nwhile True: i += 1; re.compile(f'(a{i}|b{i})*')",
    ),
    // Numbers.
    ("limit|MemoryError", "9 ** 9 ** 9"),
    ("limit|MemoryError", "pow(3, 10**9)"),
    ("MemoryError|OverflowError", "1 << 10**12"),
    ("MemoryError|OverflowError", "1 << 2**62"),
    ("ValueError", "int('9' * 10**6)"),
    ("ValueError", "str(1 << 10**7)"),
    (
        "limit|ok",
        "import sys; sys.set_int_max_str_digits(0); int('9' * 10**7)",
    ),
    (
        "limit|ok|MemoryError",
        "import sys; sys.set_int_max_str_digits(0); str(1 << 10**8)",
    ),
    ("limit|MemoryError", "import math; math.factorial(10**8)"),
    (
        "limit|MemoryError",
        "import math; math.comb(10**9, 5 * 10**8)",
    ),
    (
        "limit|MemoryError|OverflowError",
        "x = 2\nwhile True: x *= x",
    ),
    (
        "limit|MemoryError|any",
        "import fractions; fractions.Fraction(1, 3) ** 10**8",
    ),
    (
        "MemoryError",
        "import decimal; decimal.getcontext().prec = decimal.MAX_PREC; decimal.Decimal(1) / 7",
    ),
    (
        "decimal.Overflow",
        "import decimal; decimal.Decimal(10) ** 10**9 ** 2\ndecimal.getcontext().Emax = decimal.MAX_EMAX; int(decimal.Decimal('1e400000000'))",
    ),
    ("any", "round(10**5, -10**9); (10**6).to_bytes(2**31 - 1)"),
    ("MemoryError", "int.from_bytes(b'\\xff' * (50 << 20)) ** 2"),
    ("limit|ok", "hash(10**6) == sum(range(10**12))"),
    (
        "limit|ok",
        "2**31 in range(0, 10**30, 7); [].index; (1).__pow__(10**8, 10**4000 + 1)",
    ),
    ("limit", "max(range(10**12))"),
    (
        "limit",
        "'a' * 10**7 in 'ab' * 10**7 or any(0 for _ in range(10**12))",
    ),
    ("limit", "import re; re.match(r'(a+)+$', 'a' * 64 + 'b')"),
    (
        "limit",
        "import time\nwhile True:\n  try: time.sleep(100)\n  except BaseException: pass",
    ),
];
