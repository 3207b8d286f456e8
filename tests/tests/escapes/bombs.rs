//! Small inputs that unpack into large ones, and databases that would be files of the host's.

use crate::Program;

pub(crate) const PROGRAMS: &[Program] = &[
    (
        "MemoryError|limit",
        "import zlib\nx = zlib.compress(bytes(10 << 20))\nwhile True: x = zlib.decompress(zlib.compress(x * 100) * 1)",
    ),
    (
        "MemoryError",
        "import zlib\nc = zlib.compressobj(); b = b''.join([c.compress(bytes(1 << 20)) for _ in range(150)] + [c.flush()])\nzlib.decompress(b)",
    ),
    (
        "OverflowError",
        "import zlib; zlib.decompress(zlib.compress(b'0' * 10**6), bufsize=1 << 31)",
    ),
    (
        "MemoryError",
        "import zlib\nd = zlib.decompressobj(); d.decompress(zlib.compress(bytes(1000)), 2**31 - 1); d.flush(2**31 - 1)",
    ),
    (
        "ok",
        "import zlib\nfor bits in range(-40, 60):\n  for level in range(-3, 12):\n    for memory in (0, 1, 9, 10, 1000):\n      try: zlib.compressobj(level, 8, bits, memory).compress(b'abc')\n      except (ValueError, zlib.error, MemoryError): pass",
    ),
    (
        "MemoryError|limit",
        "import gzip, io\nb = io.BytesIO()\nwith gzip.open(b, 'w') as f:\n  for _ in range(150): f.write(bytes(1 << 20))\nb.seek(0); gzip.open(b).read()",
    ),
    (
        "MemoryError|limit",
        "import bz2\nc = bz2.BZ2Compressor(); b = b''.join([c.compress(bytes(1 << 20)) for _ in range(150)] + [c.flush()])\nbz2.decompress(b)",
    ),
    (
        "MemoryError|limit|lzma.LZMAError|_lzma.LZMAError",
        "import lzma\nc = lzma.LZMACompressor(preset=0); b = b''.join([c.compress(bytes(1 << 20)) for _ in range(150)] + [c.flush()])\nlzma.decompress(b)",
    ),
    (
        "MemoryError",
        "import lzma; lzma.compress(b'x', preset=9 | lzma.PRESET_EXTREME)\nlzma.LZMADecompressor(memlimit=2**63).decompress(b'\\xfd7zXZ' + bytes(100))",
    ),
    (
        "MemoryError",
        "from compression import zstd\nb = zstd.compress(bytes(60 << 20))\nzstd.decompress(b * 10)",
    ),
    (
        "compression.zstd.ZstdError",
        "from compression import zstd\nzstd.decompress(b'(\\xb5/\\xfd\\xe0\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7f' + bytes(100))",
    ),
    (
        "any",
        "import zlib, bz2, lzma, os\nfor i in range(300):\n  junk = os.urandom(i)\n  for f in (zlib.decompress, bz2.decompress, lzma.decompress):\n    for head in (b'', b'x\\x9c', b'BZh9', b'\\xfd7zXZ\\0'):\n      try: f(head + junk)\n      except Exception: pass",
    ),
    (
        "MemoryError|limit",
        "import zipfile, io\nb = io.BytesIO()\nwith zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED) as z:\n  with z.open('bomb', 'w') as f:\n    for _ in range(150): f.write(bytes(1 << 20))\nzipfile.ZipFile(b).read('bomb')",
    ),
    (
        "MemoryError|OSError|limit",
        "import zipfile, io\nb = io.BytesIO()\nwith zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED) as z:\n  with z.open('bomb', 'w') as f:\n    for _ in range(150): f.write(bytes(1 << 20))\nzipfile.ZipFile(b).extractall('/work')",
    ),
    (
        "ok",
        "import zipfile, io, os\nb = io.BytesIO()\nwith zipfile.ZipFile(b, 'w') as z:\n  for name in ('../../../..CANARY/left', 'CANARY/left', '/usr/x', '..', 'a/../../x'): z.writestr(name, 'ESCAPED')\nfor name in zipfile.ZipFile(b).namelist():\n  try: zipfile.ZipFile(b).extract(name, '/work')\n  except (OSError, ValueError): pass\nif os.path.exists('/usr/x'): print('ESCAPED')",
    ),
    (
        "ok",
        "import tarfile, io\nb = io.BytesIO()\nwith tarfile.open(fileobj=b, mode='w') as t:\n  for name, kind, link in (('../../CANARY/left', tarfile.REGTYPE, ''), ('l', tarfile.SYMTYPE, 'CANARY'), ('l/left', tarfile.REGTYPE, ''), ('h', tarfile.LNKTYPE, 'CANARY/secret'), ('d', tarfile.CHRTYPE, ''), ('p', tarfile.FIFOTYPE, '')):\n    i = tarfile.TarInfo(name); i.type = kind; i.linkname = link; t.addfile(i)\nfor member in tarfile.open(fileobj=io.BytesIO(b.getvalue())).getmembers():\n  for filter in ('fully_trusted', 'tar', 'data'):\n    try: tarfile.open(fileobj=io.BytesIO(b.getvalue())).extract(member, '/work', filter=filter)\n    except Exception: pass",
    ),
    // Pickles.
    (
        "AttributeError",
        "import pickle\npickle.loads(b'\\x80\\x04\\x8c\\x05posix\\x8c\\x06system\\x93\\x8c\\x04true\\x85R.')",
    ),
    (
        "exit 7",
        "import pickle\npickle.loads(b'cos\\n_exit\\n(I7\\ntR.')",
    ),
    (
        "ok",
        "import pickle\npickle.loads(b'(' * 1000 + b'l' + b'\\x94' * 10 + b'.') or 1",
    ),
    (
        "ok|MemoryError",
        "import pickle\npickle.loads(b'(l' + b'p0\\n(lp1\\n' + b'(g0\\ng0\\ng0\\nl' * 10 + b'.')",
    ),
    (
        "_pickle.UnpicklingError",
        "import pickle\npickle.loads(b'\\x80\\x04r\\xff\\xff\\xff\\x7f.')",
    ),
    (
        "MemoryError",
        "import pickle\npickle.loads(b'\\x80\\x04N\\x72\\xfe\\xff\\xff\\x0f.')",
    ),
    (
        "OverflowError",
        "import pickle\npickle.loads(b'\\x80\\x04\\x8e\\xff\\xff\\xff\\x7f\\0\\0\\0\\0.')",
    ),
    (
        "MemoryError",
        "import pickle\nclass A:\n  def __reduce__(s): return (bytearray, (1 << 30,))\npickle.loads(pickle.dumps(A()))",
    ),
    (
        "ok",
        "import pickle\nclass A:\n  def __reduce__(s): return (exec, ('import gc\\nfor o in gc.get_objects():\\n  if isinstance(o, dict): o.clear()',))\npickle.loads(pickle.dumps(A()))",
    ),
    (
        "any",
        "import pickle, os\nfor i in range(20000):\n  try: pickle.loads(os.urandom(i % 60))\n  except Exception: pass",
    ),
    (
        "any",
        "import marshal, os\nfor i in range(20000):\n  try: marshal.loads(os.urandom(i % 60))\n  except Exception: pass",
    ),
    // XML.
    (
        "xml.etree.ElementTree.ParseError",
        "from xml.etree import ElementTree as E\nE.fromstring('<!DOCTYPE a [<!ENTITY b0 \"x\">' + ''.join(f'<!ENTITY b{i} \"{f\"&b{i - 1};\" * 10}\">' for i in range(1, 12)) + ']><a>&b11;</a>')",
    ),
    (
        "xml.etree.ElementTree.ParseError",
        "from xml.etree import ElementTree as E\nE.fromstring('<!DOCTYPE a [<!ENTITY b \"' + 'x' * 100000 + '\">]><a>' + '&b;' * 100000 + '</a>')",
    ),
    (
        "xml.etree.ElementTree.ParseError",
        "from xml.etree import ElementTree as E\nprint(E.tostring(E.fromstring('<!DOCTYPE a [<!ENTITY b SYSTEM \"file://CANARY/secret\">]><a>&b;</a>')))",
    ),
    (
        "urllib.error.URLError",
        "import xml.sax\nfrom xml.sax.handler import ContentHandler, feature_external_ges\nclass H(ContentHandler):\n  def characters(s, t): print(t)\np = xml.sax.make_parser(); p.setFeature(feature_external_ges, True); p.setContentHandler(H())\nimport io\np.parse(io.StringIO('<!DOCTYPE a [<!ENTITY b SYSTEM \"file://CANARY/secret\">]><a>&b;</a>'))",
    ),
    (
        "xml.etree.ElementTree.ParseError",
        "from xml.etree import ElementTree as E; E.fromstring('<a>' * 200000)",
    ),
    (
        "xml.parsers.expat.ExpatError",
        "from xml.parsers import expat\np = expat.ParserCreate()\np.StartElementHandler = lambda *a: p.Parse('<b>')\np.Parse('<a>')",
    ),
    (
        "any",
        "from xml.etree import ElementTree as E\nclass X(E.Element): pass\ne = E.Element('a'); e.append(e)\nE.tostring(e); repr(e)",
    ),
    // Databases.
    (
        "sqlite3.OperationalError",
        "import sqlite3; sqlite3.connect(':memory:').execute(\"attach 'CANARY/left.db' as x\").execute('create table x.t(a)')",
    ),
    (
        "sqlite3.OperationalError",
        "import sqlite3; sqlite3.connect('CANARY/left.db').execute('create table t(a)')",
    ),
    (
        "sqlite3.OperationalError",
        "import sqlite3; sqlite3.connect('file:CANARY/secret?mode=ro&immutable=1', uri=True).execute('select * from sqlite_master')",
    ),
    (
        "sqlite3.OperationalError|AttributeError|sqlite3.NotSupportedError",
        "import sqlite3; c = sqlite3.connect(':memory:'); c.enable_load_extension(True); c.load_extension('CANARY/secret')",
    ),
    (
        "sqlite3.OperationalError",
        "import sqlite3; sqlite3.connect(':memory:').execute(\"select load_extension('CANARY/secret')\")",
    ),
    (
        "sqlite3.DataError",
        "import sqlite3; sqlite3.connect(':memory:').execute('select zeroblob(2000000000)').fetchall()",
    ),
    (
        "MemoryError",
        "import sqlite3; sqlite3.connect(':memory:').execute(\"select printf('%1000000000d', 1)\").fetchall()",
    ),
    (
        "limit|sqlite3.OperationalError|MemoryError",
        "import sqlite3; sqlite3.connect(':memory:').execute('with recursive t(x) as (select 1 union all select x + 1 from t) select count(*) from t').fetchall()",
    ),
    (
        "sqlite3.OperationalError",
        "import sqlite3; sqlite3.connect(':memory:').execute('select ' + '(' * 100000 + '1' + ')' * 100000)",
    ),
    (
        "sqlite3.OperationalError",
        "import sqlite3\nc = sqlite3.connect(':memory:')\nc.create_function('f', 1, lambda x: c.execute('select f(1)').fetchall() and 1)\nc.execute('select f(1)').fetchall()",
    ),
    (
        "ok",
        "import sqlite3\nc = sqlite3.connect('/work/d.db'); c.execute('create table t(a)')\ntry:\n  while True: c.execute('insert into t values(zeroblob(1000000))')\nexcept sqlite3.Error: pass\nopen('/work/d.db', 'r+b').write(b'SQLite format 3\\0' + b'\\xff' * 5000)\nsqlite3.connect('/work/d.db').execute('select * from t').fetchall()",
    ),
    (
        "sqlite3.OperationalError",
        "import sqlite3\nc = sqlite3.connect(':memory:')\nfor p in ('temp_store_directory', 'data_store_directory'): c.execute(f\"pragma {p} = 'CANARY'\")\nc.execute('pragma mmap_size = 100000000000'); c.execute('pragma writable_schema = 1'); c.execute('create table t(a)')\nc.execute(\"update sqlite_master set rootpage = 4000000, sql = 'create table t(a, b)'\"); c.execute('pragma schema_version = 99')\nc.execute('select * from t').fetchall()",
    ),
    (
        "sqlite3.DatabaseError",
        "import sqlite3\nc = sqlite3.connect(':memory:')\nc.deserialize(b'SQLite format 3\\0' + bytes([2, 0, 1, 1, 0, 64, 32, 32]) + b'\\xff' * 4000)\nc.execute('select * from sqlite_master').fetchall()",
    ),
];
