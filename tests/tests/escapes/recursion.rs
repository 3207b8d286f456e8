//! Deeper than the stack: what aborts a peer's whole process.

use crate::Program;

pub(crate) const PROGRAMS: &[Program] = &[
    ("RecursionError", "import json; json.loads('[' * 100000)"),
    (
        "RecursionError",
        "import json; json.loads('{\"a\":' * 100000)",
    ),
    (
        "RecursionError",
        "import json\nx = []\nfor i in range(100000): x = [x]\njson.dumps(x)",
    ),
    (
        "RecursionError",
        "x = []\nfor i in range(100000): x = [x]\nrepr(x)",
    ),
    (
        "RecursionError",
        "x = []; y = []\nfor i in range(100000): x = [x]; y = [y]\nx == y",
    ),
    ("ok", "x = ()\nfor i in range(100000): x = (x,)\nhash(x)"),
    (
        "RecursionError|trap",
        "x = ()\nfor i in range(4000000): x = (x,)\nhash(x)",
    ),
    (
        "RecursionError",
        "import pickle\nx = []\nfor i in range(100000): x = [x]\npickle.dumps(x)",
    ),
    (
        "RecursionError|ok",
        "import pickle\nx = []\nfor i in range(100000): x = [x]\npickle._dumps(x)",
    ),
    (
        "RecursionError",
        "import copy\nx = []\nfor i in range(100000): x = [x]\ncopy.deepcopy(x)",
    ),
    (
        "ValueError|RecursionError",
        "import marshal\nx = []\nfor i in range(100000): x = [x]\nmarshal.dumps(x)",
    ),
    (
        "RecursionError",
        "t = int\nfor i in range(100000): t = (t,)\nisinstance(1.0, t)",
    ),
    (
        "RecursionError",
        "t = int\nfor i in range(100000): t = (t,)\nissubclass(float, t)",
    ),
    (
        "RecursionError",
        "class A:\n  def __getattr__(s, n): return getattr(s, n + 'x')\nA().q",
    ),
    (
        "RecursionError",
        "class A: pass\nA.__getattr__ = lambda s, n: s.other\nA().q",
    ),
    (
        "SyntaxError|MemoryError|RecursionError",
        "eval('(' * 100000 + ')' * 100000)",
    ),
    (
        "SyntaxError|MemoryError|RecursionError",
        "compile('-' * 100000 + '1', '', 'eval')",
    ),
    ("RecursionError", "compile('a' + '.b' * 100000, '', 'eval')"),
    ("RecursionError", "compile('a' + '()' * 50000, '', 'eval')"),
    ("RecursionError", "compile('1' + '+1' * 100000, '', 'eval')"),
    (
        "MemoryError",
        "compile('lambda: ' * 50000 + '1', '', 'eval')",
    ),
    (
        "SyntaxError",
        "compile('f\"{' * 1000 + '1' + '}\"' * 1000, '', 'eval')",
    ),
    (
        "MemoryError",
        "compile('x if x else ' * 50000 + '1', '', 'eval')",
    ),
    ("MemoryError", "compile('not ' * 100000 + '1', '', 'eval')"),
    (
        "SyntaxError",
        "compile('match 1:\\n case ' + '[' * 10000 + ']' * 10000 + ': pass', '', 'exec')",
    ),
    (
        "ok",
        "compile('try: pass\\nexcept* ' + '(' * 200 + 'A' + ')' * 200 + ': pass', '', 'exec')",
    ),
    (
        "RecursionError",
        "import ast\nn = ast.Constant(1)\nfor i in range(100000): n = ast.UnaryOp(ast.USub(), n)\ncompile(ast.fix_missing_locations(ast.Expression(n)), '', 'eval')",
    ),
    (
        "RecursionError",
        "import ast\na = ast.UnaryOp(ast.USub(), None); a.operand = a; a.lineno = a.col_offset = 0\ncompile(ast.Expression(a), '', 'eval')",
    ),
    ("SyntaxError", "import ast; ast.literal_eval('[' * 100000)"),
    ("ok", "x = ()\nfor i in range(1000000): x = (x,)\ndel x"),
    (
        "ok",
        "class A: pass\na = A()\nfor i in range(300000):\n  b = A(); b.a = a; a = b\ndel a, b",
    ),
    (
        "ok",
        "class A:\n  __slots__ = 'n',\n  def __del__(s): pass\na = None\nfor i in range(100000):\n  b = A(); b.n = a; a = b\ndel a, b",
    ),
    (
        "RecursionError|ok|any",
        "import sys; sys.setrecursionlimit(2**31 - 1)\ndef f(): return f()\nf()",
    ),
    (
        "RecursionError|trap",
        "import sys; sys.setrecursionlimit(2**31 - 1)\nclass A:\n  def __call__(s): return s()\nA.__call__ = A()\nA()()",
    ),
    (
        "RecursionError",
        "class A:\n  def __repr__(s): return repr(s)\nrepr(A())",
    ),
    (
        "RecursionError",
        "class A:\n  def __eq__(s, o): return s == o\n  __hash__ = None\nA() == A()",
    ),
    (
        "RecursionError",
        "class A:\n  def __iter__(s): return iter(s)\nlist(A())",
    ),
    (
        "StopIteration",
        "x = iter(())\nfor i in range(200000): x = map(int, x)\nnext(x)",
    ),
    (
        "trap",
        "x = iter(())\nfor i in range(3000000): x = map(int, x)\nnext(x)",
    ),
    (
        "any",
        "def g(n):\n  if n: yield from g(n - 1)\n  yield 1\nimport sys; sys.setrecursionlimit(10**9)\nlist(g(100000))",
    ),
    (
        "RecursionError",
        "async def f(): return await f()\nawait f()",
    ),
    (
        "RecursionError",
        "class M(type):\n  def __instancecheck__(c, o): return isinstance(o, c)\nclass A(metaclass=M): pass\nisinstance(1, A)",
    ),
    (
        "any",
        "e = None\nfor i in range(200000):\n  n = ValueError(); n.__cause__ = e; e = n\nraise e",
    ),
    (
        "ExceptionGroup",
        "g = [ValueError()]\nfor i in range(20000): g = [ExceptionGroup('g', g)]\nraise g[0]",
    ),
    ("any", "import re; re.compile('(' * 100000 + ')' * 100000)"),
    ("ok", "import re; re.match('(?:a|b)*?' * 5000, 'a' * 5000)"),
    (
        "RecursionError",
        "from xml.etree import ElementTree as E\nr = n = E.Element('a')\nfor i in range(100000): n = E.SubElement(n, 'a')\nE.tostring(r)",
    ),
    (
        "ok",
        "import functools\nf = len\nfor i in range(100000): f = functools.partial(f)\nf([])\nrepr(f)",
    ),
    (
        "any",
        "import weakref\nclass A: pass\na = A(); p = weakref.proxy(a)\nfor i in range(100000): a.x = p; p = weakref.proxy(a)\nrepr(p)\nx = type('T', (), {})\nfor i in range(20000): x = type('T', (x,), {})",
    ),
    (
        "RecursionError",
        "import typing\nt = int\nfor i in range(50000): t = list[t]\nrepr(t); hash(t); t == t",
    ),
    (
        "RecursionError",
        "t = int | None\nimport types\nx = ()\nfor i in range(100000): x = types.GenericAlias(list, (x,))\nx.__parameters__; repr(x)",
    ),
    ("any", "def f():\n  try: f()\n  finally: f()\nf()"),
    ("ok", "class A:\n  def __del__(s): A()\nA()"),
    (
        "RecursionError",
        "d = {}\nfor i in range(100000): d = {1: d}\nstr(d); d == d.copy()",
    ),
    (
        "ok",
        "import operator\nf = operator.attrgetter('.'.join(['a'] * 1000000))\nclass A: pass\na = A(); a.a = a\nf(a)",
    ),
    (
        "RecursionError",
        "from collections import deque, OrderedDict\nx = deque()\nfor i in range(100000): x = deque([x])\nrepr(x)",
    ),
    (
        "IndexError",
        "import string\nstring.Formatter().vformat('{:' * 1000 + '}' * 1000, (1,), {})\n'{' * 100000",
    ),
];
