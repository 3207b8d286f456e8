"""Standard input of a program that `hatchery run` runs: each read asks the command line for more."""

import _hatchery_host
import io
import json
import sys


class _HostInput(io.RawIOBase):
    name = "<stdin>"
    mode = "rb"

    def __init__(self, is_terminal):
        self._is_terminal = is_terminal

    def readable(self):
        return True

    def fileno(self):
        return 0

    def isatty(self):
        return self._is_terminal

    def readinto(self, into):
        arguments = json.dumps({"args": [len(into)], "kwargs": {}})
        is_exception, reply = _hatchery_host.call("hatchery.cli.read_stdin", arguments)
        reply = json.loads(reply)
        if is_exception:
            raise OSError(reply["message"])
        # One character a byte.
        piece = reply.encode("latin-1")
        into[: len(piece)] = piece
        return len(piece)


def _install(is_terminal):
    buffered = io.BufferedReader(_HostInput(is_terminal))
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(buffered, encoding="utf-8")


_install(IS_TERMINAL)
