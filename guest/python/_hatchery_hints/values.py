"""Rules for values of another type, and for those that are out of place."""

import builtins
import difflib
import re

from .case import ALWAYS, AWAIT, NAMES_MAX, NONE, both, line, listed, message, network, value_of
from .crossing import NOT_CROSSING

# Types.


def _json_kind(case):
    match = re.search(r"Object of type (\w+) is not", case.message)
    how = {
        "set": "list(value)",
        "frozenset": "list(value)",
        "datetime": "value.isoformat()",
        "date": "value.isoformat()",
        "Decimal": "float(value) or str(value)",
        "bytes": "value.decode()",
        "ndarray": "value.tolist()",
        "dict_keys": "list(value)",
        "dict_values": "list(value)",
        "map": "list(value)",
        "generator": "list(value)",
    }.get(match[1] if match else "")
    if how:
        return f"convert the value first, as with {how}, or pass default=str to json.dumps()"
    return (
        "convert the value to a dict, a list, a string or a number first, or pass default=… to json.dumps()"
    )


def _arguments_missing(case):
    if "missing 1 required positional argument: 'self'" in case.message:
        return "the method is called on the class: make an object first, as in Name().method()"
    return "the call leaves out arguments that the function needs"


def _arguments_too_many(case):
    if re.search(r"\.\w+\(\) takes 0 positional arguments but 1 was given", case.message):
        return "give the method `self` as its first parameter"
    return "the call passes arguments that the function does not take"


def _not_callable(case):
    match = re.search(r"'(\w+)' object is not callable", case.message)
    kind = match[1] if match else ""
    if kind == "module":
        return "this is the module: call something in it, as in module.name()"
    if kind == "NoneType":
        return NONE
    if kind in ("str", "int", "float", "list", "dict", "tuple", "set", "bool"):
        called = re.findall(r"\b([a-z_]\w*)\(", case.code)
        hidden = [
            name
            for name in called
            if hasattr(builtins, name) and case.frame and type(value_of(case, name)).__name__ == kind
        ]
        if hidden:
            return f"a variable has the name of the function {hidden[0]}(): give the variable another name"
    return "this is a value and not a function: a variable may have the name of a function, or an operator is missing"


def _not_subscriptable(case):
    match = re.search(r"'(\w+)' object is not subscriptable", case.message)
    kind = match[1] if match else ""
    return {
        "NoneType": NONE,
        "method": "call it with () and not with []",
        "builtin_function_or_method": "call it with () and not with []",
        "function": "call it with () and not with []",
        "coroutine": AWAIT,
        "generator": "a generator has no indexes: make a list of it with list()",
        "map": "make a list of it with list()",
        "filter": "make a list of it with list()",
        "zip": "make a list of it with list()",
        "set": "a set has no order: make a list of it with sorted() or list()",
        "dict_keys": "make a list of it with list()",
        "dict_values": "make a list of it with list()",
        "dict_items": "make a list of it with list()",
    }.get(kind, "values of this type cannot be indexed with []")


def _not_iterable(case):
    match = re.search(r"'(\w+)' object is not (iterable|an iterator)", case.message)
    kind = match[1] if match else ""
    known = {
        "int": "a loop over numbers takes range(n)" if re.search(r"\bfor\b", case.code) else None,
        "method": "call it with ()",
        "builtin_function_or_method": "call it with ()",
        "function": "call it with ()",
        "coroutine": AWAIT,
        "async_generator": "go through this with `async for`",
        "list": "next() needs an iterator: write next(iter(value))",
    }
    return known.get(kind) or "loops and unpacking need a list, a dict, a string or the like"


def _operands(case):
    kinds = re.findall(r"'([\w.]+)'", case.message)
    if "NoneType" in kinds:
        return NONE
    if "coroutine" in kinds:
        return AWAIT
    if len(kinds) == 2 and kinds[0] == kinds[1]:
        return "values of this type have no such operator"
    if {"builtin_function_or_method", "method", "function"} & set(kinds):
        return "one of the values is the function itself: call it with ()"
    if "Decimal" in str(kinds) and "float" in kinds:
        return "convert the float first: Decimal(str(value))"
    if set(kinds) <= {"str", "int", "float", "bytes", "list", "dict", "tuple", "set", "complex"}:
        if set(kinds) & {"list", "dict", "tuple", "set"}:
            return "the two values are of different types: convert one of them first"
        return "the two values are of different types: convert one with str(), int() or float()"
    return "the two values are of different types, which have no such operator"


def _compared(case):
    kinds = re.findall(r"instances of '(\w+)' and '(\w+)'", case.message)
    if kinds and "NoneType" in kinds[0]:
        return "one of the values is None: leave it out, or give it a default first"
    if kinds and kinds[0][0] == kinds[0][1]:
        return "values of this type have no order: pass key=… to sort(), min() or max()"
    return "the two values are of different types: convert one of them first"


TYPE = (
    NOT_CROSSING,
    (
        both("unsupported operand type(s) for >>", line(r"\bprint\b")),
        "print to another stream with print(…, file=sys.stderr)",
    ),
    (message("unsupported operand type"), _operands),
    ("write() argument must be str, not bytes", "open the file with 'wb' to write bytes"),
    (
        "write() argument must be str, not",
        "write() takes text: str(value) makes it, and json.dumps() of a list or a dict",
    ),
    (message(r'can only concatenate \w+ \(not "NoneType"\)'), NONE),
    (
        message(r"can only concatenate str|can't concat|must be str, not"),
        "the two values are of different types: convert one with str(), int() or float()",
    ),
    (
        message(r"can only concatenate list"),
        "the two values are of different types: add a list, or use append()",
    ),
    ("not supported between instances of", _compared),
    ("object is not callable", _not_callable),
    ("object is not subscriptable", _not_subscriptable),
    (
        message("object is not (iterable|an iterator)"),
        lambda case: NONE if "'NoneType'" in case.message else _not_iterable(case),
    ),
    ("cannot unpack non-iterable NoneType", NONE),
    (
        both("cannot unpack non-iterable", line(r"^\s*for\s+\w+\s*,")),
        "the items are no pairs: enumerate(values) gives places and items",
    ),
    ("cannot unpack non-iterable", "only lists, tuples and the like can be unpacked into several names"),
    ("argument of type 'NoneType' is not", NONE),
    ("object of type 'NoneType' has no len()", NONE),
    (
        message("object of type '(generator|map|filter|zip)' has no len"),
        "make a list of it with list() first",
    ),
    ("'coroutine' object", AWAIT),
    (
        "'NoneType' object can't be awaited",
        "the function is not asynchronous and gives None: call it without await",
    ),
    ("object can't be awaited", "this is no coroutine: leave `await` out"),
    (
        both("a coroutine or an awaitable is required", line(r"asyncio\.run\(")),
        "pass the call, main(), and not the function",
    ),
    ("'async for' requires an object with __aiter__", "this is no asynchronous iterator: use a plain `for`"),
    ("does not support the asynchronous context manager", "use a plain `with` here"),
    ("(missed __enter__", "only an object that has __enter__ and __exit__ works with `with`"),
    (
        "does not support the context manager protocol",
        "this value does not work with `with`; what is asynchronous takes `async with`",
    ),
    (
        message("cannot use a (string pattern on a bytes-like|bytes pattern on a string)"),
        "decode() the bytes, or write the pattern of the same kind",
    ),
    (
        message("a bytes-like object is required, not 'str'"),
        "bytes are wanted here: encode() the text, or open the file without 'b'",
    ),
    (
        message(r"sequence item \d+: expected str instance"),
        "join() takes strings only: map(str, values) makes them",
    ),
    ("expected str, bytes or os.PathLike object, not NoneType", NONE),
    ("'NoneType' object cannot be interpreted", NONE),
    (
        message("'(str|float)' object cannot be interpreted as an integer$|slice indices must be integers"),
        "a whole number is wanted here: use int() or // for it",
    ),
    (
        "cannot be interpreted as an integer or float",
        "a number is wanted here: convert the text with float() first",
    ),
    ("object cannot be interpreted as an integer", "a whole number is wanted here"),
    (
        "can't multiply sequence by non-int of type 'str'",
        "convert the text with int() or float() before the arithmetic",
    ),
    (
        "can't multiply sequence by non-int of type 'float'",
        "a string or a list is repeated a whole number of times: convert one of the values first",
    ),
    ("indices must be integers or slices, not tuple", "a list has one index: write a[i][j]"),
    (
        "string indices must be integers, not 'str'",
        "this is a string and not a dict: strings are indexed with whole numbers; json.loads() makes a dict of JSON",
    ),
    (
        "indices must be integers or slices, not str",
        "this is a list: lists are indexed with whole numbers, and dicts with their keys",
    ),
    ("indices must be integers", "index lists and strings with whole numbers, dicts with their keys"),
    ("'NoneType' object does not support", NONE),
    (
        message("'(str|tuple|bytes)' object does not support item"),
        "strings and tuples cannot be changed: make a new one",
    ),
    (message("unhashable type: 'slice'"), "a dict has no slices: make a list of its items first"),
    (
        message("unhashable type: '(list|dict|set)'|cannot use '(list|dict|set)' as a"),
        "lists, dicts and sets cannot be keys or members of sets: use a tuple or a frozenset",
    ),
    ("Strings must be encoded before hashing", "encode() the text first, as in 'text'.encode()"),
    ("JSON serializable", _json_kind),
    ("keys must be str, int, float, bool or None", "make the keys strings first, as with str(key)"),
    (
        "the JSON object must be str, bytes or bytearray, not",
        "json.loads() takes text, and json.load() an open file",
    ),
    (message("missing .* required .*argument"), _arguments_missing),
    (message(r"takes (from \d+ to )?\d+ positional"), _arguments_too_many),
    (
        message(
            r"takes (exactly|at (least|most)|no|from) .*given\)|expected (at (least|most) )?\d+ arguments?, got"
        ),
        "the call passes more or fewer arguments than the function takes",
    ),
    ("unexpected keyword argument", "the call passes arguments that the function does not take"),
    ("takes no keyword arguments", "give this function its arguments by position"),
    ("takes no arguments", "the class has no __init__ with parameters: write one, or pass none"),
    (
        "not all arguments converted during string formatting",
        "the text has fewer % places than there are values",
    ),
    (
        "not enough arguments for format string",
        "the text has more % places than there are values; write %% for a percent sign",
    ),
    ("unsupported format string passed to NoneType", NONE),
    ("exceptions must derive from BaseException", "raise an exception, as in `raise ValueError('message')`"),
    ("catching classes that do not inherit", "name classes of exceptions after `except`"),
    ("Can't instantiate abstract class", "define the methods in the subclass that the message names"),
    (
        message("can't (subtract|compare) offset-naive and offset-aware"),
        "give both a time zone, as with .replace(tzinfo=timezone.utc), or neither",
    ),
    ("'NoneType' object", NONE),
    (message("^%. format: .* required, not str"), "convert the text with int() or float() first"),
    ("non-default argument", "put the fields with defaults behind those without"),
    ("can only join an iterable", "join() takes a list of strings"),
    (
        "of empty iterable with no initial value",
        "there are no values: pass an initial value as the third argument",
    ),
    (message("must be real number, not str"), "convert the text with float() first"),
    (
        message(r"must be real number, not NoneType|(int|float)\(\) argument must be .* not 'NoneType'"),
        NONE,
    ),
)

# Values.


def _not_a_number(case):
    value = case.message.partition(": ")[2].strip("'\"")
    if re.fullmatch(r"\s*[-+]?\d+\.\d*\s*", value):
        return "the text is not a whole number: convert with int(float(…)) or with float()"
    if re.fullmatch(r"\s*", value.replace("\\n", "")):
        return "the text is empty and not a whole number: leave empty lines out first"
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+", value):
        return "the text is not a whole number: take the commas out with .replace(',', '')"
    return "the text is not a whole number: look at it with repr()"


def _json_text(case):
    """By what stands at the place in the text where it is wrong."""
    error = case.exception
    text, at = error.doc, error.pos
    if not isinstance(text, str):
        return None
    if not text.strip():
        return "the text is empty: there is no JSON in it"
    rest = text[at : at + 20]
    if text.lstrip().startswith("```"):
        return "the text has a Markdown fence around the JSON: take the lines with ``` away"
    if text.lstrip().startswith("<"):
        return "the text is HTML or XML and not JSON"
    if rest.startswith("'") or (rest[:1] == "{" and "'" in rest):
        return "JSON has double quotation marks: ast.literal_eval() reads what repr() of Python wrote"
    if rest.startswith(("True", "False", "None")):
        return "JSON writes true, false and null: ast.literal_eval() reads what repr() of Python wrote"
    if rest.startswith(("//", "/*", "#")):
        return "JSON has no comments"
    if (
        rest.startswith(("}", "]")) and text[:at].rstrip().endswith(",")
    ) or "Illegal trailing comma" in case.message:
        return "JSON has no comma before a closing bracket"
    if "Extra data" in case.message:
        return "there is more after the first value: where each line is a value, load the lines one by one"
    if "Invalid control character" in case.message:
        return "a string in the JSON has a line break: write \\n there, or pass strict=False"
    if "Invalid \\" in case.message:
        return "a backslash in the JSON begins an escape: double it, or write the text in Python as r'…'"
    if at >= len(text.rstrip()) or "Unterminated string" in case.message:
        return "the JSON ends too early: it may be cut off"
    if at == 0 and len(text) < 256 and re.fullmatch(r"[\w./-]+\.json", text):
        return "this is a file's name: json.load() reads an open file"
    return "the text is not JSON at this place: print it to see what it is"


def _unpack(case):
    if re.search(r"\bfor\b.*\bin\s+(\w+)\s*:", case.line):
        match = re.search(r"\bfor\b.*\bin\s+(\w+)\s*:", case.line)
        if case.frame and type(value_of(case, match[1])) is dict:
            return f"a loop over a dict gives its keys: write `in {match[1]}.items()`"
    return "the number of names on the left differs from the number of values on the right"


VALUE = (
    NOT_CROSSING,
    ("invalid literal for int() with base 10", _not_a_number),
    (
        "could not convert string to float",
        "the text is not a number: look at it with repr(), and take signs such as $, % and , out",
    ),
    ("values to unpack", _unpack),
    ("Out of range float values", "JSON has no nan and inf: replace them first"),
    (message(r"unknown url type: '?(https?|ftp|[\w.-]+\.\w)"), network),
    (
        both(message("Invalid format specifier|not allowed in .* format specifier"), line(r"\{\s*['\"]")),
        "a brace in an f-string begins a value: write {{ and }} for braces that are text",
    ),
    (
        message("Unknown format code '[dbxXo]' for object of type 'float'"),
        "convert with int() first, or use the format 'f'",
    ),
    (message("Unknown format code '.' for object of type 'str'"), "convert the text to a number first"),
    ("does not match format", "the format has to say each part of the text: %Y-%m-%d is 2024-01-31"),
    (
        "unconverted data remains",
        "the text goes on where the format ends: say the rest of it too, or cut it off",
    ),
    ("Invalid isoformat string", "this is no ISO date: datetime.strptime() reads other formats"),
    ("iterable argument is empty", "there are no values: pass default=… or ask first whether there are any"),
    ("substring not found", "the text is not in the string: find() gives -1 then, and `in` asks"),
    ("not in list", "the value is not in the list: ask with `in` first"),
    ("x not in tuple", "the value is not in the tuple: ask with `in` first"),
    ("is not in list", "the value is not in the list: ask with `in` first"),
    ("I/O operation on closed file", "the file is closed: use it within its `with` block, or open it again"),
    ("math domain error", "the function has no value there: check that the number is in its range"),
    (
        "expected a positive input",
        "the logarithm has no value there: check that the number is greater than 0",
    ),
    (
        "expected a nonnegative input",
        "the root of a negative number is complex: check the number, or use cmath",
    ),
    ("Circular reference detected", "a value contains itself: JSON has no such values"),
    ("binary mode doesn't take an encoding", "leave `encoding` out: mode 'b' reads bytes"),
    (
        message("^invalid mode: "),
        "the mode of open() is 'r', 'w', 'a' or 'x', with 'b' for bytes and '+' for both",
    ),
    ("embedded null byte", "a path has no null byte in it"),
    ("mutable default", "write field(default_factory=list), or dict"),
    (
        message("Exceeds the limit .* for integer string conversion"),
        "sys.set_int_max_str_digits(0) lifts this limit",
    ),
    (message(r"^day .* for month"), "this month has no such day"),
    (
        "Sample larger than population",
        "there are fewer values than are asked for: random.choices() may repeat them",
    ),
    (
        "must have exactly one of create/read/write/append mode",
        "the mode of open() is one of r, w, a and x, with + for both ways",
    ),
    ("empty separator", "split() without an argument splits at spaces, and list() into letters"),
)

KEY = (
    (
        lambda case: case.is_in("<frozen os>", "/os.py"),
        lambda case: (
            f"the environment has no variable {case.message}: the host sets them, and os.environ.get() takes a default"
        ),
    ),
    (
        message("^['\"](pop from an empty set|popitem\\(\\): dictionary is empty|dictionary is empty)"),
        "there is nothing in it: check that first",
    ),
    (
        both(message(r"^'\s*(\\\\n|[\"'])"), line(r"\.format\(|%")),
        "write {{ and }} for braces that are text",
    ),
    (
        message(r"^'\\n|^'\s*\"|^'\"|^\"'"),
        lambda case: "write {{ and }} for braces that are text" if "format" in case.line else None,
    ),
    (ALWAYS, lambda case: _key(case)),
)


def _key(case):
    key = case.exception.args[0] if len(case.exception.args) == 1 else None
    missing = f"the key {case.message[:200]} is not there"
    keys = _keys_beside(case, key) if type(key) is str and not case.is_in_library else ()
    near = difflib.get_close_matches(key, keys, 1, 0.7) if keys else ()
    if near:
        return f"{missing}: did you mean {near[0]!r}?"
    if 0 < len(keys) <= 8 and all(len(other) < 40 for other in keys):
        return f"{missing}: the keys are {listed([repr(other) for other in keys], 8)}"
    return f"{missing}: ask with `in`, or use .get() with a default"


def _keys_beside(case, key):
    """What keys there are, where the line names the dict."""
    for name, quoted, variable in re.findall(
        r"(?<![\w.\])])(\w+)\[\s*(?:['\"]([^'\"]*)['\"]|(\w+))\s*\]", case.line
    ):
        holder = value_of(case, name)
        asked = value_of(case, variable) if variable else quoted
        if type(holder) is dict and type(asked) is str and asked == key and key not in holder:
            return [other for other in list(holder)[:NAMES_MAX] if type(other) is str]
    return ()


INDEX = (
    (
        message("pop from (an )?empty|pop index out of range"),
        "there is nothing at this place to pop: check the length first",
    ),
    ("assignment index out of range", "a list grows with append(), and not by assigning past its end"),
    (
        lambda case: "list index out of range" in case.message and "sys.argv" in case.line,
        "the program was given fewer arguments: sys.argv has those that the host passes",
    ),
    ("Replacement index", "the text has more {} places than format() was given values"),
    ("no such group", "the pattern has fewer groups in parentheses"),
    ("Cannot choose from an empty sequence", "there is nothing to choose from: check that first"),
    (message("index out of range"), "the index is past the end: valid ones run from 0 to len() - 1"),
)


def _binary(case):
    head = case.exception.object[:4]
    for magic, what in (
        (b"PK\x03\x04", "a ZIP archive, as .xlsx and .docx are"),
        (b"\x1f\x8b", "gzip"),
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"%PDF", "a PDF"),
        (b"SQLi", "an SQLite database"),
    ):
        if head.startswith(magic):
            return f"the bytes are {what} and not text: open the file with 'rb'"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "the bytes are not in this encoding: this is utf-16"
    return "the bytes are not in this encoding: name the right one, or pass errors='replace'"


RULES = {
    "TypeError": TYPE,
    "ValueError": VALUE,
    "KeyError": KEY,
    "IndexError": INDEX,
    "json.decoder.JSONDecodeError": ((ALWAYS, _json_text),),
    "binascii.Error": (
        (
            "Incorrect padding",
            "the text is cut off, or lacks = at its end, up to a multiple of four characters",
        ),
    ),
    "_csv.Error": (("should return strings, not bytes", "open the file as text, with newline=''"),),
    "ZeroDivisionError": (
        ("negative power", "zero has no negative power: check the number first"),
        (ALWAYS, "the divisor is zero here: check it before dividing"),
    ),
    "OverflowError": (
        (
            message("int too large to convert to float|integer division result too large"),
            "the number is too large for a float: stay with whole numbers and //",
        ),
        (
            message("math range error|Result (too large|not representable)|Numerical result out of range"),
            "the result is too large for a float",
        ),
    ),
    "UnicodeDecodeError": ((ALWAYS, _binary),),
    "UnicodeEncodeError": (
        (
            "surrogates not allowed",
            "the text has half a character: write '\\U0001F600' and not two \\u, or pass errors='replace'",
        ),
        (ALWAYS, "the text has characters that this encoding lacks: use utf-8, or pass errors='replace'"),
    ),
    "StopIteration": ((line(r"\bnext\("), "the iterator is at its end: pass a default to next()"),),
    "AssertionError": ((line(r"^\s*assert\b"), "a condition that the program asserts does not hold"),),
}
