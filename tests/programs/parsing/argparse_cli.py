import argparse
import shlex


def build():
    parser = argparse.ArgumentParser(prog="tool", description="Handles files.", epilog="See the manual.", exit_on_error=False)
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more")
    parser.add_argument("--version", action="version", version="tool 1.2")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    copy = commands.add_parser("copy", help="copy files", aliases=["cp"])
    copy.add_argument("source", nargs="+")
    copy.add_argument("target")
    copy.add_argument("-m", "--mode", choices=("fast", "safe"), default="safe")
    convert = commands.add_parser("convert", help="convert one")
    group = convert.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_const", const="json", dest="format")
    group.add_argument("--csv", action="store_const", const="csv", dest="format")
    convert.add_argument("--size", type=int, default=10, metavar="N", help="at most N (default: %(default)s)")
    convert.add_argument("--set", action="append", type=lambda t: tuple(t.split("=", 1)))
    convert.add_argument("--cache", action=argparse.BooleanOptionalAction, default=True)
    return parser


parser = build()
for line in ("-vv copy a b c -m fast", "convert --json --size 5 --set a=1 --set b=2 --no-cache", "cp x y"):
    print(sorted(vars(parser.parse_args(shlex.split(line))).items(), key=str))
import contextlib
import io

for line in ("", "fly", "copy a", "convert --size x", "convert --json --csv", "copy a b --mode odd", "--version", "convert --bad"):
    err, out = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stderr(err), contextlib.redirect_stdout(out):
            parser.parse_args(shlex.split(line))
    except argparse.ArgumentError as error:
        print(repr(line), "ArgumentError", error)
    except SystemExit as stop:
        print(repr(line), stop.code, out.getvalue().strip(), err.getvalue().strip().splitlines()[-1:])
print(parser.format_usage())
print(shlex.split("a 'b c' \"d \\\" e\" f\\ g # h", comments=True), shlex.quote("it's"), shlex.join(["a b", "c"]))
