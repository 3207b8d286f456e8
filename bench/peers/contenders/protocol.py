"""What a contender answers: a task a line on standard input, an answer a line on
standard output, both JSON. `bench/src/contender.rs` is the same in Rust."""

import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

PRINT = "print('hello')"
_answers = os.fdopen(os.dup(1), "w")
# What a program prints must not come between the answers.
os.dup2(2, 1)


def serve(tasks):
    """`tasks` gives a function for each task that can be done; they take the task's
    fields and return the answer."""
    for line in sys.stdin:
        task = json.loads(line)
        name = task.pop("task")
        try:
            answer = tasks[name](**task) if name in tasks else "unsupported"
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(answer), file=_answers, flush=True)


def samples(count, work):
    """Microseconds of `count` calls. What a call returns is dropped outside the time."""
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        kept = work()
        times.append((time.perf_counter() - begun) * 1e6)
        del kept
    return {"samples_us": times}


def per_second(seconds, work):
    """How often `work` is done in a second."""
    begun = time.perf_counter()
    count = 0
    while time.perf_counter() - begun < seconds:
        work()
        count += 1
    return {"per_second": count / (time.perf_counter() - begun)}


def check(output):
    """Fails unless `output` is what PRINT prints."""
    if output != "hello\n":
        raise ValueError(f"{PRINT} printed {output!r}")


def on_threads(workers, seconds, work):
    """The sum of what each of `workers` does in a second, all at once."""
    barrier = threading.Barrier(len(workers))

    def run(worker):
        barrier.wait()
        return per_second(seconds, lambda: work(worker))["per_second"]

    with ThreadPoolExecutor(len(workers)) as threads:
        return {"per_second": sum(threads.map(run, workers))}
