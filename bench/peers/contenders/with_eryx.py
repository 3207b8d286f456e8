"""pyeryx: `Sandbox` runs each program in a new instance, `Session` keeps one."""

import time

import protocol

import eryx

held = []


def print_in(sandbox):
    protocol.check(sandbox.execute(protocol.PRINT).stdout_text)


def print_live(count):
    session = eryx.Session()
    print_in(session)
    return protocol.samples(count, lambda: print_in(session))


def reset(count):
    session = eryx.Session()
    times = []
    for _ in range(count):
        print_in(session)
        times += protocol.samples(1, session.reset)["samples_us"]
    return {"samples_us": times}


def create_print_drop(count):
    sandbox = eryx.Sandbox()
    return protocol.samples(count, lambda: print_in(sandbox))


def throughput(threads, seconds):
    sandboxes = [eryx.Sandbox() for _ in range(threads)]
    return protocol.on_threads(sandboxes, seconds, print_in)


def hold(count):
    del held[count:]
    while len(held) < count:
        session = eryx.Session()
        print_in(session)
        held.append(session)
    return {"held": len(held)}


def program(path):
    session = eryx.Session()
    with open(path) as file:
        source = file.read()
    begun = time.process_time()
    output = session.execute(source).stdout_text
    return {"program": {"cpu_s": time.process_time() - begun, "output": output}}


protocol.serve(
    {
        "version": lambda: {"version": eryx.__version__},
        "create": lambda count: protocol.samples(count, eryx.Session),
        "create_print_drop": create_print_drop,
        "print_live": print_live,
        "reset": reset,
        "throughput": throughput,
        "hold": hold,
        "program": program,
    }
)
