"""Puts a package, its tests and what they need into a folder, with pip as the machine has it set up.

Usage: fetch.py '{"name": ..., "version": ..., "sha256": ..., "needs": [...], "out": ..., "wheels": ...,
"constraints": ...}'. OUT/src is the source distribution, whose checksum must be the one named; OUT/site has the package
and its dependencies, pure Python only. Without a version it makes OUT/site of `needs` alone.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

# These have a C accelerator and no pure wheel: built here without it, they fall back to Python.
BUILT = ("markupsafe", "pyyaml", "wrapt", "simplejson", "pydantic")
WITHOUT_C = {"CC": "false", "PYYAML_FORCE_LIBYAML": "0", "WRAPT_INSTALL_EXTENSIONS": "false", "DISABLE_SPEEDUPS": "1", "SKIP_CYTHON": "1"}


def pip(*arguments, **environment):
    command = [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check", "--quiet"]
    run = subprocess.run(command, env=os.environ | environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"pip {' '.join(arguments)}:\n{run.stderr.strip()}")


def wheels_of(job, constraints):
    folder = pathlib.Path(job["wheels"])
    folder.mkdir(parents=True, exist_ok=True)
    for line in constraints:
        name, _, version = line.partition("==")
        if name in BUILT and not list(folder.glob(f"{name}-{version}-*.whl")):
            part = folder / f"part-{name}-{os.getpid()}"
            pip("wheel", "--no-deps", "--no-binary", name, "--wheel-dir", str(part), line, **WITHOUT_C)
            for wheel in part.iterdir():
                if not wheel.name.endswith("-none-any.whl"):
                    sys.exit(f"{wheel.name} has been built with its C accelerator")
                wheel.rename(folder / wheel.name)
            part.rmdir()
    return folder


def source_of(job, part):
    download = part / "download"
    wanted = f"{job['name']}=={job['version']}"
    pip("download", "--no-deps", "--no-binary", job["name"], "--dest", str(download), wanted)
    (archive,) = download.iterdir()
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != job["sha256"]:
        sys.exit(f"{archive.name} has the SHA-256 {found}, not {job['sha256']}")
    with tarfile.open(archive) as tar:
        tar.extractall(download, filter="data")
    (folder,) = (entry for entry in download.iterdir() if entry.is_dir())
    folder.rename(part / "src")
    shutil.rmtree(download)
    # Nothing but files and folders can be copied into a sandbox.
    for path in (part / "src").rglob("*"):
        if path.is_symlink():
            path.unlink()
    return wanted


def main():
    job = json.loads(sys.argv[1])
    out = pathlib.Path(job["out"])
    part = out.with_name(f"{out.name}.{os.getpid()}")
    part.mkdir(parents=True)
    constraints = [line.strip() for line in open(job["constraints"]) if line.strip() and line[0] != "#"]
    wanted = list(job["needs"])
    if "version" in job:
        wanted.append(source_of(job, part))
    pip(
        *("install", "--target", str(part / "site"), "--no-compile", "--only-binary", ":all:"),
        *("--platform", "any", "--implementation", "py", "--abi", "none", "--python-version", "3.14"),
        *("--find-links", str(wheels_of(job, constraints)), "--constraint", job["constraints"], *wanted),
    )
    if out.exists():
        shutil.rmtree(out)
    part.rename(out)


main()
