//! The modules that the golden snapshot has imported: importing one of these in a
//! sandbox is a dictionary look-up.

/// Imported while baking, in this order.
pub const PREWARMED_MODULES: &[&str] = &[
    "abc",
    "argparse",
    "array",
    "ast",
    "asyncio",
    "base64",
    "binascii",
    "bisect",
    "bz2",
    "calendar",
    "cmath",
    "codecs",
    "collections",
    "collections.abc",
    "colorsys",
    "concurrent.futures",
    "configparser",
    "contextlib",
    "contextvars",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "dis",
    "email",
    "email.message",
    "email.parser",
    "enum",
    "errno",
    "fnmatch",
    "fractions",
    "functools",
    "gc",
    "getpass",
    "glob",
    "graphlib",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "html.parser",
    "importlib.metadata",
    "importlib.resources",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "keyword",
    "linecache",
    "locale",
    "logging",
    "lzma",
    "math",
    "mimetypes",
    "numbers",
    "operator",
    "os",
    "pathlib",
    "pickle",
    "platform",
    "pprint",
    "queue",
    "random",
    "re",
    "reprlib",
    "secrets",
    "shlex",
    "shutil",
    "signal",
    "sqlite3",
    "stat",
    "statistics",
    "string",
    "stringprep",
    "struct",
    "sys",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "timeit",
    "token",
    "tokenize",
    "tomllib",
    "traceback",
    "types",
    "typing",
    "unicodedata",
    "unittest",
    "urllib.parse",
    "uuid",
    "warnings",
    "weakref",
    "xml.etree.ElementTree",
    "zipfile",
    "zlib",
];

/// Encodings that programs name without importing them.
const ENCODINGS: &[&str] = &[
    "utf_8",
    "ascii",
    "latin_1",
    "utf_16",
    "utf_8_sig",
    "cp1252",
    "idna",
    "hex_codec",
];

/// The program that a bake runs: imports, and what a first run of ordinary code
/// would otherwise compute and cache in every sandbox again.
pub(crate) fn program() -> String {
    let imports: String = PREWARMED_MODULES
        .iter()
        .map(|name| format!("import {name}\n"))
        .collect();
    let encodings: String = ENCODINGS
        .iter()
        .map(|name| format!("codecs.lookup({name:?})\n"))
        .collect();
    format!("{imports}{encodings}{WARM_UP}")
}

const WARM_UP: &str = r#"
def _warm_up():
    class Point:
        def __init__(self, x, y):
            self.x, self.y = x, y
    @dataclasses.dataclass
    class Item:
        name: str
        size: int = 0
    for i in range(20):
        print(f"{i:03d} {i / 7:.3f} {i!r}", Point(i, i + 1).x, Item("a", i))
        text = json.dumps({"a": [1, 2.5, None, True], "b": {"c": "d" * i}})
        json.loads(text)
        re.findall(r"\w+", text)
        sorted({k: v for k, v in zip("abc", range(3))}.items(), key=lambda kv: -kv[1])
        datetime.datetime(2026, 1, 1).isoformat()
        decimal.Decimal("1.10") + decimal.Decimal(i)
        hashlib.sha256(text.encode()).hexdigest()
        base64.b64encode(text.encode())
        collections.Counter(text).most_common(3)
        math.sqrt(i) + statistics.mean([1, 2, i])
        try:
            raise ValueError(i)
        except ValueError as error:
            traceback.format_exception(error)
    async def wait():
        await asyncio.sleep(0)
        return 1
    asyncio.run(wait())
_warm_up()
exec(compile("print('warm')", "<script>", "exec"), {})
re.purge()
"#;
