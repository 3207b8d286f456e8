"""The table and the plots in docs/."""

import os
import platform
import shutil
import subprocess
import textwrap

import plot
from environment import PYODIDE, ROOT, WHEELS
from results import PROGRAMS, geometric_mean

OURS = "Hatchery"
NATIVE = "native -O3"

# Row, what it is called, unit, factor from what was measured, whether less is better.
ROWS = [
    ("cold_process", "a process, from start to printed", "ms", 1e-3, True),
    ("create", "create a sandbox", "µs", 1, True),
    ("create_print_drop", "create, print, drop", "µs", 1, True),
    ("print_live", "print in a live session", "µs", 1, True),
    ("reset", "reset a session that has printed", "µs", 1, True),
    ("lease_cycle", "lease one of a pool, print, give it back", "µs", 1, True),
    ("memory_kib", "memory of a session that has printed", "KiB", 1, True),
    ("throughput_1", "clean prints a second, 1 thread", "1/s", 1, False),
    ("throughput_2", "clean prints a second, 2 threads", "1/s", 1, False),
]


def number(value):
    """Three digits, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(header, rows):
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def costs(results, names):
    """The table of what a sandbox costs, and the rows in which another is ahead."""
    rows, ahead = [], []
    for row, title, unit, factor, less in ROWS:
        medians = {name: results.median(row, name) for name in names}
        present = {name: value * factor for name, value in medians.items() if value is not None}
        if not present:
            continue
        best = (min if less else max)(present.values())
        cells = []
        for name in names:
            if name not in present:
                cells.append("–")
                continue
            cell = f"{number(present[name])} ±{results.spread(row, name) * 50:.0f} %"
            cells.append(f"**{cell}**" if present[name] == best else cell)
        rows.append([f"{title}, {unit}", *cells])
        for name, value in present.items():
            if name != OURS and OURS in present and (value < present[OURS]) == less:
                ahead.append(
                    f"{name}: {title}, {number(value)} {unit} to our {number(present[OURS])}"
                )
    return table(["", *names], rows), ahead


def speeds(results, names):
    """The table of processor time over native, and the programs in which another is ahead."""
    found = {name: results.ratios(name, NATIVE) for name in names}
    rows, ahead = [], []
    for path in PROGRAMS:
        values = {name: found[name].get(path.stem) for name in names}
        present = {name: value for name, value in values.items() if value}
        if not present:
            continue
        best = min(present.values())
        cells = []
        for name in names:
            value = values[name]
            cell = "–" if value is None else f"{value:.2f}"
            cells.append(f"**{cell}**" if value == best else cell)
        native = results.median(path.stem, NATIVE)
        rows.append([path.stem, f"{native:.0f}", *cells])
        ahead += [
            f"{name}: {path.stem}, {value:.2f} to our {present[OURS]:.2f}"
            for name, value in present.items()
            if value < present.get(OURS, 0)
        ]
    means = []
    for name in names:
        values = list(found[name].values())
        part = "" if len(values) == len(PROGRAMS) else f" of {len(values)}"
        means.append(f"{geometric_mean(values):.2f}{part}" if values else "–")
    rows.append(["**geometric mean**", "", *means])
    return table(["", "native, ms", *names], rows), ahead, found


def over_natives(results, natives):
    rows = []
    for native in natives:
        values = results.ratios(OURS, native.name).values()
        if values:
            rows.append([native.name, f"{geometric_mean(values):.2f}"])
    return table(["native build", f"{OURS}, geometric mean"], rows)


def lease_ratios(results):
    """Leases beside fresh runs of others."""
    ours = results.median("lease_cycle", OURS)
    theirs = {name: results.median("create_print_drop", name) for name in ("monty", "eryx")}
    if ours is None or not any(theirs.values()):
        return ""
    times = [f"{value / ours:,.0f} in one of {name}'s" for name, value in theirs.items() if value]
    words = (
        "In the time of a fresh run of another there are so many leases of Hatchery's pool, each of"
        f" them reset strictly: {', '.join(times)}."
    )
    return f"\n{wrapped(words)}\n"


def machine():
    model = "unknown processor"
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    cores = os.cpu_count()
    kernel = platform.release().split("-")[0]
    return (
        f"a {cores}-core virtual machine ({model}), Linux {kernel}, with a load average of"
        f" {os.getloadavg()[1]:.1f}: where that is more than the comparison's own 1 to 2, wall times"
        " are longer than they need be, and processor times less so"
    )


def wrapped(words):
    return textwrap.fill(words, 100, break_long_words=False, break_on_hyphens=False)


def version_of(command):
    output = subprocess.run(command, capture_output=True, text=True).stdout
    return output.strip().splitlines()[0] if output.strip() else "unknown"


def versions(present):
    lines = [f"{c.name} {c.version}" for c in present if c.name not in ("bubblewrap",)]
    if bubblewrap := next((c for c in present if c.name == "bubblewrap"), None):
        lines.append(version_of([bubblewrap.cold[0], "--version"]))
    if shutil.which("node"):
        lines.append(f"node {version_of(['node', '--version'])}")
    return ", ".join(lines)


def failures(results, names):
    lines = []
    for row, by_name in results.failures.items():
        for name, why in by_name.items():
            if name in names:
                lines.append(f"- {name}, {row}: {why.strip().splitlines()[-1][:160]}")
    return "\n".join(lines) or "- none"


def bullets(lines):
    return "\n".join(f"- {line}" for line in lines) or "- nowhere in this run"


def write(environment, results, present, natives, rounds):
    names = [contender.name for contender in present]
    fast = [contender.name for contender in present if contender.runs_programs]
    cost_table, cost_ahead = costs(results, names)
    speed_table, speed_ahead, found = speeds(results, fast)
    missing = "".join(f"- {name}: {why}\n" for name, why in environment.missing.items())
    (ROOT / "docs/peers-figures.md").write_text(f"""\
# Figures beside peers

```sh
python3 bench/peers/peers.py
```

installs the peers at these versions ({", ".join([*WHEELS, PYODIDE])}) and
bubblewrap into the cache, measures all of them in interleaved rounds, and writes this page. It
needs what building Hatchery needs, node with npm, and apt for bubblewrap; `--native-pgo` adds a
native python that was built with its profile.

{wrapped(f"Measured on {machine()}. {versions(present)}.")}

Medians of {rounds} rounds, in which the contenders take turns; ± is half the distance of the
quartiles. The best of a row is bold; a dash is what a peer has not got or this machine could not run.

## What a sandbox costs

{cost_table}

![What a sandbox costs](figures/peers-costs.svg)

Clean prints come from a state that no other program has touched, the fastest way each has: a reset
(Hatchery), a new instance (wasmtime pooling, eryx), a worker checked out (monty), an interpreter
from its snapshot (pyodide), a process. "wasmtime pooling" is the very same guest and snapshot in
wasmtime's own allocator, without files, host functions or limits; its sessions are not reset. Memory is the proportional share
(PSS) and page tables of the process and all below it, as sessions are added.
{lease_ratios(results)}
## Processor time of programs

The programs of `bench/programs`, over CPython of the same version compiled natively with `-O3`, its
own default. Every output is compared.

{speed_table}

![Processor time over native](figures/peers-cpu.svg)

{over_natives(results, natives)}

## Where a peer is ahead of Hatchery

{bullets(cost_ahead + speed_ahead)}

## What could not be run

{missing}{failures(results, names)}
""")
    figures = ROOT / "docs/figures"
    figures.mkdir(exist_ok=True)
    colours = dict(zip(names, plot.COLOURS))
    groups = []
    for row, title, unit, factor, less in ROWS:
        values = [(name, results.median(row, name)) for name in names]
        values = [(name, value * factor) for name, value in values if value]
        if less and unit == "µs":
            groups.append((f"{title}, {unit}", values))
    label = lambda name, value: f"{number(value)} µs"  # noqa: E731
    (figures / "peers-costs.svg").write_text(
        plot.bars("What a sandbox costs, in µs (logarithmic)", groups, label, colours)
    )
    rows = [(p.stem, {n: found[n][p.stem] for n in fast if p.stem in found[n]}) for p in PROGRAMS]
    (figures / "peers-cpu.svg").write_text(
        plot.dots("Processor time over native CPython -O3", rows, 6, colours)
    )
