"""Writes beside each program what it prints natively: CPython 3.14's output is what a sandbox is held to.

    python3 tests/programs/record.py [PROGRAM...]
"""

import pathlib
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).parent
for program in map(pathlib.Path, sys.argv[1:] or sorted(here.glob("*/*.py"))):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, program.name)
        source.write_bytes(program.read_bytes())
        done = subprocess.run([sys.executable, source.name], cwd=folder, capture_output=True, timeout=60)
    if done.returncode:
        sys.exit(f"{program}: exit code {done.returncode}\n{done.stderr.decode()}")
    program.with_suffix(".out").write_bytes(done.stdout)
