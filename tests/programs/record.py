"""Writes beside each program what it prints natively: CPython 3.14's output is what a sandbox is held to.

    python3 tests/programs/record.py [PROGRAM...]

Each runs with several seeds of hashes, as sets of strings are in another order with each: a program that prints such an
order is refused.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).parent
for program in map(pathlib.Path, sys.argv[1:] or sorted(here.glob("*/*.py"))):
    printed = set()
    for seed in "1234":
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, program.name)
            source.write_bytes(program.read_bytes())
            environment = os.environ | {"PYTHONHASHSEED": seed}
            command = [sys.executable, source.name]
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60)
        if done.returncode:
            sys.exit(f"{program}: exit code {done.returncode}\n{done.stderr.decode()}")
        printed.add(done.stdout)
    if len(printed) > 1:
        sys.exit(f"{program} prints something else with another seed of hashes")
    program.with_suffix(".out").write_bytes(done.stdout)
