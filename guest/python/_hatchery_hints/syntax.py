"""Rules for programs that cannot be read: other languages, other tools, and slips."""

import keyword
import re
import traceback

from .case import ALWAYS, PACKAGES, SHELL, both, code, line, message, vague

# What is typed for characters that word processors and other alphabets have.
CHARACTERS = {
    wrong: right
    for right, characters in {
        '"': "“”„«»″＂",
        "'": "‘’‚′´＇",
        "-": "–—−‐‑－",
        "*": "×·∗＊",
        "/": "÷⁄／",
        "<=": "≤",
        ">=": "≥",
        "!=": "≠",
        "==": "≈",
        "->": "→⇒",
        "...": "…",
        "**2": "²",
        "**3": "³",
        "math.sqrt()": "√",
        "math.inf": "∞",
        "and": "∧",
        "or": "∨",
        "not ": "¬",
        "in": "∈",
        ",": "，、",
        ":": "：",
        ";": "；",
        "(": "（",
        ")": "）",
        "[": "［【",
        "]": "］】",
        "{": "｛",
        "}": "｝",
        "=": "＝",
        "+": "＋",
        "<": "＜",
        ">": "＞",
        "!": "！",
        "%": "％",
    }.items()
    for wrong in characters
}


def _character(case):
    match = re.search(r"invalid character '(.)' \(U\+", case.message)
    wrong = match[1] if match else ""
    right = CHARACTERS.get(wrong)
    if right in ('"', "'"):
        return f"the quotation mark {wrong} is typographic: strings begin and end with \" or '"
    if right:
        return f"write {right} instead of the character {wrong}"
    return f"the character {wrong} can only be in a string or a comment: leave it out here"


def _invisible(case):
    if case.message.endswith(("U+00A0", "U+2007", "U+202F", "U+3000", "U+2002", "U+2003", "U+2009")):
        return "there is a special space that looks like a normal one: type normal spaces"
    return "there is a character in this line that cannot be seen: delete it, or type the line again"


_VAGUE = ("invalid syntax", "unterminated string literal", "invalid character", "invalid decimal literal")


def _is_prose(case):
    """Whether the line is a sentence: words, the first with a capital letter, and nothing of a program."""
    if not case.message.startswith(_VAGUE):
        return False
    line = re.sub(r"`[^`]*`", "code", case.line.strip())
    if re.search(r"[=\[\]{}]|\w\(", line):
        return False
    line, is_item = re.subn(r"^(?:[-*•+]|\d+[.)]|[^\w\s'\"(]+)\s+", "", line.replace("**", ""))
    words = [word.strip(".,:;!?()\"'“”*_") for word in line.split()]
    words = [re.sub(r"['’-]", "", word) for word in words]
    if not words or not words[0].isalpha() or not words[0][0].isupper():
        return False
    if words[0] in keyword.kwlist or words[0].lower() in _CAPITALS and len(words) < 4:
        return False
    plain = sum(word.isalpha() for word in words)
    return plain >= 3 or (
        plain == len(words) and len(line) > 3 and (plain >= 2 or line[-1] == "!" or is_item)
    )


_CAPITALS = set("import def class while return elif else try for if from print with".split())

_KEYWORDS = "|".join(word for word in keyword.kwlist if word not in ("None", "True", "False"))


def _keyword_typo(case):
    """CPython's own guess, which it makes when it shows the exception."""
    error = case.exception
    shown = traceback.TracebackException(type(error), error, None)
    shown._find_keyword_typos()
    match = re.search(r"Did you mean '(\w+)'\?", shown.msg)
    return f"did you mean {match[1]!r}?" if match else None


def _is_left_over(case):
    """Whether the line begins with a part of a statement that is not there."""
    match = re.match(r"\s*(elif|else|except|finally)\b", case.line)
    # The mistake is the word itself, and nothing behind it.
    return bool(match) and case.message == "invalid syntax" and case.exception.offset == match.start(1) + 1


def _has_no_colon(case):
    begins = re.match(r"\s*(if|elif|while|for|with|def|class|else|try|except|finally)\b(?!\s*=)", case.code)
    if "expected ':'" in case.message:
        return not case.code.rstrip().endswith(":")
    return begins and case.message == "invalid syntax" and ":" not in case.code


FENCE = "leave the Markdown fence (```) out: the program is what stands between the fences"
BRACES = "blocks have no braces in Python: end the line with a colon and indent what follows"
STRING = "end the string with the quotation mark that it began with; text of several lines takes three"

SYNTAX = (
    (line(r"^\s*(```|~~~)"), FENCE),
    (
        line(
            r"^\s*[!%$]?\s*(sudo\s+)?((python3?|py)\s+-m\s+|uv\s+)?(pip3?|pipx|uv|conda|mamba|poetry|apt|apt-get|brew|npm|yarn)"
            r"\s+(install|add|uninstall|i|sync)\b"
        ),
        f"this is a shell command and not Python, and {PACKAGES}",
    ),
    (
        line(r"^\s*%{1,2}(?P<name>[a-zA-Z]\w*)"),
        "`%{name}` is a notebook's command and not Python: leave the line out",
    ),
    (
        line(r"^\s*!\s*[\w./]|^\s*[\w, ]+=\s*!\s*[\w./]"),
        "`!` runs a shell command in a notebook, and there is no shell here: say it in Python or leave it out",
    ),
    (line(r"^\s*[$#%]\s+(ls|cd|cat|echo|python3?|pip|git|curl|mkdir|rm|[\w./-]+ -)"), SHELL),
    (line(r"^\s*\$\s*\w"), SHELL),
    (
        vague(
            line(
                r"^\s*(pip3?|conda) (freeze|list|show|check|download)\b|^\s*source\s+\S+/|^\s*touch\s+[\w./-]+\s*$"
            )
        ),
        SHELL,
    ),
    (line(r"^\s*(>>>|\.\.\.>)"), "leave the prompt >>> out, and the output that follows the lines"),
    (line(r"^(<<<<<<<|=======|>>>>>>>)"), "leave the markers of a merge conflict out"),
    (
        line(r"^(@@ -\d|diff --git|\+\+\+ |--- )"),
        "this is a patch: give the whole program as it is afterwards",
    ),
    (
        line(
            r"^\s*\d+\s*(\||:|→|\t| )\s*(import|from|def|class|print|for|if|while|return|with|try|[a-z_]\w*\s*=)"
        ),
        "leave the line numbers out",
    ),
    (code(r"&(lt|gt|amp|quot|apos|nbsp|#\d+);"), "the text has HTML's entities: write <, > and & themselves"),
    (
        line(r"=\s*<[a-zA-Z][\w .-]*>\s*$"),
        "the text in <…> stands for something else: put the value itself there",
    ),
    (
        line(r"^\s*(?P<tag></?[A-Za-z!?][\w.:-]*)(\s[^>]*)?>?"),
        "{tag}> is markup and not Python: leave it out, or put it into a string",
    ),
    (line(r"^\s*\.\.\.\s+\w"), "the dots stand for code that is not there: write all of it"),
    (
        line(r"^\s*\*\*[A-Z][^*]*\*\*:?\s*$"),
        "this line is text and not Python: leave it out, or begin it with #",
    ),
    (_is_prose, "this line is text and not Python: leave it out, or begin it with #"),
    (
        line(r"^\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|CREATE\s+TABLE|DELETE\s+FROM)\s"),
        "SQL goes into a string: connection.execute('…')",
    ),
    (
        vague(
            line(
                r"^\s*(ls|cd|cat|echo|mkdir|rm|cp|mv|git|curl|wget|sudo|chmod|bash|python3?|node|docker|grep|npm|npx|unzip"
                r"|export|apt|apt-get|uv|pytest)\s+[-\w./~\"'$]+(?!\s*[=(])"
            ),
        ),
        SHELL,
    ),
    # Of other languages.
    (
        vague(code(r"^\s*(?P<word>const|let|var|val|auto|final)\s+[\w{\[]+")),
        "Python has no `{word}`: write `name = value`",
    ),
    (
        vague(code(r"^\s*(async\s+|export\s+)*(function|func|fn|sub)\s+\w+\s*\(")),
        "a function begins with `def`",
    ),
    (
        code(r"^\s*/[/*]|//\s+[A-Za-z]+\s+(?!(?:if|else|and|or|in|is|for|not)\b)[A-Za-z]+"),
        "a comment begins with # in Python",
    ),
    (code(r"\belse\s*if\b|\belsif\b"), "Python writes it `elif`"),
    (code(r"\w\s*(\+\+|--)\s*[;)]?\s*$"), "Python has no ++ and --: write `+= 1` or `-= 1`"),
    (code(r"&&|\|\|"), "Python writes `and` and `or` for && and ||"),
    (code(r"===|!=="), "Python compares with == and !="),
    (code(r"<>"), "Python writes != for <>"),
    (
        vague(code(r"\b(if|while|elif|and|or|return|not)\s+\(?!\s*[\w(]")),
        "Python writes `not` for !",
    ),
    (
        vague(code(r"\b(if|while|elif)\b.*(=>|=<)")),
        "write >= and <=: the equals sign comes second",
    ),
    (vague(code(r"=>")), "Python has no =>: a dict has `key: value`, and a small function is `lambda x: …`"),
    (vague(code(r"\?.+:")), "Python writes `a if condition else b` for `condition ? a : b`"),
    (
        vague(line(r"^\s*\?{0,2}[\w.]+\?{0,2}\s*$")),
        lambda case: (
            "`?` asks a notebook for help and is not Python: use help()" if "?" in case.line else None
        ),
    ),
    (
        vague(code(r"(^|[=(,]|return)\s*new\s+[A-Z]\w*\s*\(")),
        "leave `new` out: calling the class makes an object",
    ),
    (
        vague(
            code(
                r"^\s*(?P<type>int|float|double|string|String|bool|boolean|char|void|long)\s+\w+\s*(=|;|\()"
            ),
        ),
        "a name has no type before it in Python: leave `{type}` out",
    ),
    (
        vague(code(r"^\s*(switch|foreach|do|catch)\b\s*[({].*[:{]\s*$")),
        "Python has no such statement: see `match`, `for`, `while` and `except`",
    ),
    (code(r"(\)|\belse|\btry|\bdo|\bfinally|^\s*class\s+\w+)\s*\{\s*$"), BRACES),
    (
        vague(code(r"^\s*(if|while|elif)\b.*\bthen\s*:?\s*$")),
        "Python has no `then`: the condition ends with a colon",
    ),
    (vague(code(r"^\s*except\s+[\w.]+\s+\w+\s*:")), "write `except Error as name:`"),
    (code(r"^\s*\}\s*(else|catch|while|finally)\b"), BRACES),
    # Of Python 2.
    ("Missing parentheses in call to 'print'", "print is a function: print(...)"),
    (message(r"Missing parentheses in call to '(?P<name>\w+)'"), "{name} is a function: {name}(...)"),
    (code(r"^\s*raise\s+\w+\s*,"), "write `raise Error('message')`"),
    (vague(code(r"`")), "Python has no backticks: use repr(), or quotation marks"),
    ("leading zeros in decimal integer", "write 1 instead of 01, as a number does not begin with 0"),
    # Characters and strings.
    ("invalid character", _character),
    ("invalid non-printable character", _invisible),
    (
        both("after line continuation character", line(r"\\[nt]")),
        "a line break arrived as \\n: it was escaped twice, and the program has to have real line breaks",
    ),
    (
        both("after line continuation character", line(r"\\[\"']")),
        "a quotation mark arrived with a backslash: it was escaped twice",
    ),
    (
        "after line continuation character",
        "a backslash outside of a string continues the line, and nothing may follow it",
    ),
    (
        "codec can't decode bytes",
        "a backslash in a string begins an escape: write r'…' for a path, or double the backslash",
    ),
    ("unterminated triple-quoted", "end the text with the three quotation marks that it began with"),
    (
        both(message(r"unterminated (\w-)?string"), line(r"'[^']*[a-z]'(s|t|re|ll|ve|d|m)\b")),
        "the apostrophe ends the string: put the text between double quotation marks",
    ),
    (
        both("unterminated", line(r"\\['\"][\s)\]},:]*$")),
        "the backslash takes the quotation mark into the text: double the backslash",
    ),
    (message("unterminated ([fbt]-)?string"), STRING),
    (
        "Is this intended to be part of the string?",
        "a quotation mark inside the text ends the string: use the other kind outside, or write a backslash before it",
    ),
    ("f-string: single '}'", "write }} for a brace that is text in an f-string"),
    ("f-string: expecting '}'", "close the brace in the f-string, or write {{ for one that is text"),
    ("f-string: valid expression required", "write {{}} for braces that are text in an f-string"),
    (message("^[ft]-string"), "check the braces and quotation marks within the f-string"),
    ("bytes can only contain ASCII", "write 'text'.encode() for bytes of such text"),
    (
        both("invalid decimal literal", code(r"\d[A-Za-z]")),
        "a name does not begin with a digit, and a number has no letters after it",
    ),
    # Brackets, colons, blocks.
    (message(r"^'(?P<bracket>.)' was never closed"), "close the bracket {bracket} that this line opens"),
    ("unexpected EOF", "close the bracket or the quotation that is still open"),
    (message("^unmatched"), "this closing bracket has no opening one: take it away, or open it"),
    ("does not match opening", "the closing bracket is of another kind than the opening one"),
    (_has_no_colon, "put a colon at the end of this line, or before what follows on the same line"),
    ("expected 'except' or 'finally' block", "give the `try` an `except` clause, at the same column"),
    (
        _is_left_over,
        "`else` and the like need their `if`, `for`, `while` or `try` before them, at the same column",
    ),
    # Names and assignments.
    (vague(code(r"^\s*[\w.]+\s*:=")), "write = here: := only works inside an expression"),
    (
        vague(
            code(
                rf"(^\s*|[(,]\s*|\.)(?P<word>{_KEYWORDS})\s*(=(?!=)|(?<=\.class)\b|(?<=\.from)\b|(?<=\.import)\b)"
            ),
        ),
        "`{word}` is a word of the language: choose another name",
    ),
    (
        vague(code(rf"^\s*def\s+\w+\(([^=]*,)?\s*(?P<word>{_KEYWORDS})\s*[,):=]")),
        "`{word}` is a word of the language: choose another name",
    ),
    (
        both("cannot assign to expression", code(r"^\s*[A-Za-z_]\w*(-[A-Za-z_]\w*)+\s*=")),
        "a name has no dash: write an underscore",
    ),
    (
        both("Maybe you meant '==' or ':='", code(r"^\s*[\w.]+\s*=[^=]*$")),
        "this line is inside a bracket or a brace that an earlier line opens: close it there",
    ),
    ("Maybe you meant '=='", "compare with `==`; a single `=` assigns to a name, an attribute or an item"),
    ('perhaps you meant "=="', "compare with `==`; the name of an argument is a plain name"),
    ("cannot assign to", "only a name, an attribute or an item can stand left of `=`; `==` compares"),
    ("parameter without a default follows", "put the parameters with defaults behind those without"),
    (
        message("(used prior to|assigned to before) global declaration"),
        "put the `global` line first in the function",
    ),
    # Statements out of place.
    ("'await' outside", "put this into an `async def`, or at the top level of the program"),
    (
        message("outside (async|of an asynchronous) function"),
        "put this into an `async def`, or at the top level of the program",
    ),
    ("'return' outside", "return only works within a function: print() the result at the top level"),
    ("'yield' outside", "yield only works within a function"),
    ("'break' outside", "break only works within a loop"),
    ("'continue' not properly", "continue only works within a loop"),
    (
        code(r"\blambda\b[^:]*:\s*(return|raise|assert|while|for|try|del)\b"),
        "a lambda is one expression: use `def` for statements",
    ),
    (code(r"=\s*if\b"), "write `x = a if condition else b`"),
    (
        "expected 'else' after 'if' expression",
        "an expression has both, `a if condition else b`; a statement begins with `if`",
    ),
    (
        vague(code(r"\bfor\b.*\bif\b.*\belse\b.*[\])}]")),
        "put `a if condition else b` before the `for`: behind it, `if` only filters",
    ),
    ("too many statically nested blocks", "move the inner blocks into functions"),
    ("too many nested", "the brackets are nested too deeply: build the value in steps"),
    ("Perhaps you forgot a comma", "a comma, an operator or a quotation mark is missing between two values"),
    (
        vague(
            line(r"^\s*(?P<word>Import|Def|Class|While|Return|Elif|Else|Try|For|If|From|With)\b"),
        ),
        lambda case: f"Python writes it `{re.match(r'\s*(\w+)', case.line)[1].lower()}`",
    ),
    ("invalid syntax", _keyword_typo),
)

INDENTATION = (
    (
        line(
            r"^\s*\d+\s*(\||:|→|\t| )\s*(import|from|def|class|print|for|if|while|return|with|try|[a-z_]\w*\s*=)"
        ),
        "leave the line numbers out",
    ),
    ("expected an indented block", "indent the lines that belong to this block by four spaces"),
    ("unindent does not match", "lines of one block must begin at the same column"),
    (
        lambda case: case.exception.lineno == 1 and "unexpected indent" in case.message,
        "the program must begin without indentation, and lines of one block at the same column",
    ),
    (
        "unexpected indent",
        "lines of one block must begin at the same column: this one is further to the right",
    ),
    (ALWAYS, None),
)


RULES = {
    "SyntaxError": SYNTAX,
    "IndentationError": INDENTATION,
    "TabError": ((ALWAYS, "indent with spaces only: tabs and spaces are mixed here"),),
}
