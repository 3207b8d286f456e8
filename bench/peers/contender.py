"""One of those that are compared: a process that answers tasks."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent / "contenders"


@dataclass
class Contender:
    name: str
    command: list
    env: dict = field(default_factory=dict)
    # A command line from a process's start to its printed result.
    cold: list | None = None
    # Sandboxes that are held to see what they take.
    held: int = 20
    # Whether its interpreter is one that nobody else here has.
    runs_programs: bool = True
    version: str = ""
    process: subprocess.Popen | None = None

    def start(self):
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.env},
        )
        self.version = self.ask("version")["version"]

    def ask(self, task, **fields):
        """The answer, or nothing where the contender cannot do that."""
        self.process.stdin.write(json.dumps({"task": task, **fields}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self.process.wait()} at {task} {fields}")
        answer = json.loads(line)
        return None if answer == "unsupported" else answer

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def memory_kib(self):
        """What its process and all below it take: proportional shares, and page tables."""
        return sum(map(memory_kib, descendants(self.process.pid)))


def descendants(pid):
    """A process and all that it has started, and those have."""
    children = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        children += (thread / "children").read_text().split()
    return [pid, *(below for child in children for below in descendants(int(child)))]


def memory_kib(pid):
    total = 0
    for path, key in ("smaps_rollup", "Pss:"), ("status", "VmPTE:"):
        for line in Path(f"/proc/{pid}/{path}").read_text().splitlines():
            if line.startswith(key):
                total += int(line.split()[1])
    return total


def contenders(environment):
    """All that this machine can have, Hatchery first."""
    bench = environment.hatchery / "hatchery-bench"
    cold = ["-c", "print('hello')"]
    python = environment.python
    found = [
        Contender(
            "Hatchery",
            [bench, "contend"],
            cold=[environment.hatchery / "hatchery", "run", *cold],
            held=1000,
        ),
        Contender(
            "wasmtime pooling", [bench, "contend", "pooling"], held=4, runs_programs=False
        ),
        Contender(
            "native process",
            [python, HERE / "with_python.py"],
            cold=[python, "-I", *cold],
            runs_programs=False,
        ),
    ]
    if prefix := environment.bubblewrap:
        found.append(
            Contender(
                "bubblewrap",
                [python, HERE / "with_python.py"],
                {"PYTHON_PREFIX": prefix},
                cold=[*prefix.split(), python, "-I", *cold],
                runs_programs=False,
            )
        )
    if site := environment.site:
        path = {"PYTHONPATH": str(site)}
        monty = next(site.glob("pydantic_monty_runtime-*.data/scripts/monty"))
        found.append(
            Contender(
                "eryx",
                [python, HERE / "with_eryx.py"],
                path,
                cold=[python, "-m", "eryx", *cold],
            )
        )
        found.append(
            Contender(
                "monty",
                [python, HERE / "with_monty.py"],
                {**path, "MONTY_BIN": str(monty)},
                cold=[monty, *cold],
            )
        )
    if folder := environment.pyodide:
        found.append(
            Contender(
                "pyodide",
                ["node", HERE / "with_pyodide.mjs"],
                {"PYODIDE_FOLDER": str(folder)},
                cold=["node", HERE / "cold_pyodide.mjs"],
                held=4,
            )
        )
    return found
