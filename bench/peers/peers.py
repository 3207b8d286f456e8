"""Hatchery and its peers, side by side on this machine.

    python3 bench/peers/peers.py

installs the peers into a folder of the cache, measures all in turn, and writes
docs/peers-figures.md and its plots. `--quick` takes fewer samples, `--native-pgo` also
builds a native python with its profile-guided optimisation (half an hour, once).
"""

import argparse
import json
import os
import subprocess
import time

import report
from contender import Contender, contenders
from environment import Environment, log
from results import PROGRAMS, Results

# How often a task is done in a round: ten times that when it is quick, three times when it is slow.
COUNTS = {"create": 20, "create_print_drop": 20, "print_live": 50, "reset": 20, "lease_cycle": 20}
QUICK_US = 1e3
SLOW_US = 50e3


def measure(environment, rounds):
    results = Results()
    present = contenders(environment)
    natives = native_contenders(environment)
    outputs = {}
    for number in range(rounds):
        for contender in present:
            log(f"round {number + 1} of {rounds}: {contender.name}")
            contender.start()
            cold_process(results, contender)
            tasks(results, contender)
            throughput(results, contender)
            if number == 0:
                memory(results, contender)
            contender.stop()
    # The programs in an inner turn of their own: what is compared lies seconds apart.
    everyone = natives + [contender for contender in present if contender.runs_programs]
    for contender in everyone:
        contender.start()
    for number in range(rounds):
        for path in PROGRAMS:
            log(f"round {number + 1} of {rounds}: {path.stem}")
            for contender in everyone:
                program(results, contender, path, outputs)
    for contender in everyone:
        contender.stop()
    return results, present, natives


def native_contenders(environment):
    """The same python as a process, by how it was compiled."""
    process = next(c for c in contenders(environment) if c.name == "native process")
    builds = dict(environment.natives)
    builds["-O1, the recipe's"] = environment.recipe_python
    return [
        Contender(f"native {flags}", [python, *process.command[1:]])
        for flags, python in builds.items()
    ]


def cold_process(results, contender):
    if not contender.cold:
        return
    for _ in range(5):
        begun = time.perf_counter()
        done = subprocess.run(
            contender.cold, capture_output=True, text=True, env={**os.environ, **contender.env}
        )
        taken = (time.perf_counter() - begun) * 1e6
        if done.stdout.strip() != "hello":
            results.fail("cold_process", contender.name, done.stderr[-300:])
            return
        results.add("cold_process", contender.name, taken)


def tasks(results, contender):
    for task, count in COUNTS.items():
        # Once to warm up and to see how long it takes: a slow one is done less often.
        first = contender.ask(task, count=2)
        if first is None:
            continue
        if why := first.get("error"):
            results.fail(task, contender.name, why)
            continue
        took = first["samples_us"][-1]
        count = 3 if took > SLOW_US else count * 10 if took < QUICK_US else count
        answer = contender.ask(task, count=count)
        results.add(task, contender.name, *answer["samples_us"])


def throughput(results, contender):
    for threads in (1, 2):
        answer = contender.ask("throughput", threads=threads, seconds=1.0)
        if answer and "per_second" in answer:
            results.add(f"throughput_{threads}", contender.name, answer["per_second"])
        elif answer:
            results.fail(f"throughput_{threads}", contender.name, answer["error"])


def memory(results, contender):
    """Of a sandbox that has printed: two steps, so that what the first one brings is left out."""
    few = max(1, contender.held // 4)
    first = contender.ask("hold", count=few)
    if not first or "error" in first:
        return
    before = contender.memory_kib()
    held = contender.ask("hold", count=contender.held)["held"]
    if held > first["held"]:
        each = (contender.memory_kib() - before) / (held - first["held"])
        # A collector that runs meanwhile can give more back than the sessions took: that says nothing of them.
        if each > 0:
            results.add("memory_kib", contender.name, each)
    contender.ask("hold", count=0)


def program(results, contender, path, outputs):
    answer = contender.ask("program", path=str(path))
    if answer is None:
        return
    if why := answer.get("error"):
        results.fail(path.stem, contender.name, why)
        return
    answer = answer["program"]
    expected = outputs.setdefault(path.stem, answer["output"])
    if answer["output"] != expected:
        results.fail(path.stem, contender.name, f"printed {answer['output']!r}, not {expected!r}")
        return
    results.add(path.stem, contender.name, answer["cpu_s"] * 1e3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="take fewer samples")
    parser.add_argument("--native-pgo", action="store_true", help="build that native python too")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    environment = Environment(arguments.native_pgo)
    rounds = 2 if arguments.quick else arguments.rounds
    results, present, natives = measure(environment, rounds)
    raw = environment.folder / "results.json"
    raw.write_text(json.dumps(vars(results)))
    log(f"all samples: {raw}")
    report.write(environment, results, present, natives, rounds)


if __name__ == "__main__":
    main()
