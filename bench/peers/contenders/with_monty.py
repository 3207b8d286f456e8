"""pydantic-monty: a pool of worker processes, each with an interpreter of a part of Python."""

import importlib.metadata
import os
import time

import protocol

import pydantic_monty

# As many workers as sessions are held: its own limit would make the next one wait.
pool = pydantic_monty.Monty(min_processes=1, max_processes=64)
pool.__enter__()
held = []


class Session:
    """A worker that is checked out, until the session is closed."""

    def __init__(self):
        self.checkout = pool.checkout()
        self.session = self.checkout.__enter__()

    def execute(self, code):
        printed = []
        self.session.feed_run(code, print_callback=lambda _, text: printed.append(text))
        return "".join(printed)

    def close(self):
        self.checkout.__exit__(None, None, None)


def print_in(session):
    protocol.check(session.execute(protocol.PRINT))


def create():
    Session().close()


def create_print_drop():
    session = Session()
    print_in(session)
    session.close()


def print_live(count):
    session = Session()
    print_in(session)
    times = protocol.samples(count, lambda: print_in(session))
    session.close()
    return times


def hold(count):
    while len(held) > count:
        held.pop().close()
    while len(held) < count:
        session = Session()
        print_in(session)
        held.append(session)
    return {"held": len(held)}


def program(path):
    session = Session()
    with open(path) as file:
        source = file.read()
    threads = f"/proc/{session.session.worker_pid}/task"

    def cpu_s():
        own = time.process_time()
        for thread in os.listdir(threads):
            with open(f"{threads}/{thread}/schedstat") as file:
                own += int(file.read().split()[0]) / 1e9
        return own

    begun = cpu_s()
    output = session.execute(source)
    taken = cpu_s() - begun
    session.close()
    return {"program": {"cpu_s": taken, "output": output}}


protocol.serve(
    {
        "version": lambda: {"version": importlib.metadata.version("pydantic-monty")},
        "create": lambda count: protocol.samples(count, create),
        "create_print_drop": lambda count: protocol.samples(count, create_print_drop),
        "print_live": print_live,
        "throughput": lambda threads, seconds: protocol.on_threads(
            range(threads), seconds, lambda _: create_print_drop()
        ),
        "hold": hold,
        "program": program,
    }
)
