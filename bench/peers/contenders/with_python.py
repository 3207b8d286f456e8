"""A native python: a process for each sandbox. What stands in PYTHON_PREFIX is put in
front of its command line, bubblewrap's for one."""

import json
import os
import platform
import shlex
import subprocess
import sys

import protocol

COMMAND = [*shlex.split(os.environ.get("PYTHON_PREFIX", "")), sys.executable, "-I"]

# A process that runs a program a line, each in a namespace of its own.
LIVE = """
import io, json, sys
from contextlib import redirect_stdout
for line in sys.stdin:
    out = io.StringIO()
    with redirect_stdout(out):
        exec(json.loads(line), {"__name__": "__main__"})
    print(json.dumps(out.getvalue()), flush=True)
"""

# Imports first what the programs import: other contenders have it imported as well.
PROGRAM = """
import collections, copy, dataclasses, heapq, io, json, logging, math, re, sys, time
from contextlib import redirect_stdout
with open(sys.argv[1]) as file:
    source = file.read()
out = io.StringIO()
with redirect_stdout(out):
    begun = time.process_time()
    exec(compile(source, "<script>", "exec"), {"__name__": "__main__"})
    cpu_s = time.process_time() - begun
print(json.dumps({"cpu_s": cpu_s, "output": out.getvalue()}))
"""

held = []


class Live:
    """A process that is there for the next program."""

    def __init__(self):
        self.process = subprocess.Popen(
            [*COMMAND, "-c", LIVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def execute(self, code):
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def create(count):
    times = []
    for _ in range(count):
        live = None

        def ready():
            nonlocal live
            live = Live()
            live.execute("")

        times += protocol.samples(1, ready)["samples_us"]
        live.close()
    return {"samples_us": times}


def create_print_drop():
    done = subprocess.run([*COMMAND, "-c", protocol.PRINT], capture_output=True, text=True)
    protocol.check(done.stdout)


def print_live(count):
    live = Live()
    live.execute("")
    times = protocol.samples(count, lambda: protocol.check(live.execute(protocol.PRINT)))
    live.close()
    return times


def hold(count):
    while len(held) > count:
        held.pop().close()
    while len(held) < count:
        live = Live()
        protocol.check(live.execute(protocol.PRINT))
        held.append(live)
    return {"held": len(held)}


def program(path):
    done = subprocess.run([*COMMAND, "-c", PROGRAM, path], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-300:])
    return {"program": json.loads(done.stdout)}


protocol.serve(
    {
        "version": lambda: {"version": platform.python_version()},
        "create": create,
        "create_print_drop": lambda count: protocol.samples(count, create_print_drop),
        "print_live": print_live,
        "throughput": lambda threads, seconds: protocol.on_threads(
            range(threads), seconds, lambda _: create_print_drop()
        ),
        "hold": hold,
        "program": program,
    }
)
