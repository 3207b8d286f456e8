"""What the comparison needs: the peers at pinned versions, a native python, and
Hatchery itself. All of it goes into a folder of the cache and is made once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

WHEELS = ["pyeryx==0.11.0", "pydantic-monty==1.4.0"]
PYODIDE = "pyodide@314.0.7"
WHEEL_PLATFORMS = ["manylinux_2_28", "manylinux_2_17", "manylinux2014"]


def cache_dir():
    """Where Hatchery keeps what it builds: the same rules as in guest/src/locate.rs."""
    if named := os.environ.get("HATCHERY_CACHE_DIR"):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hatchery"


def log(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **options):
    """Runs a command; what it prints is shown when it fails."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}")
    return done.stdout


def once(folder, make):
    """Makes a folder, unless that was finished before."""
    done = folder / "complete"
    if not done.exists():
        log(f"making {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        done.touch()
    return folder


class Environment:
    def __init__(self, with_pgo):
        self.folder = cache_dir() / "peers"
        self.missing = {}
        self.hatchery = self.built()
        self.recipe_python = self.newest_stage("native") / "build/python"
        self.natives = {"-O3": self.native("O3", ["--disable-test-modules"])}
        pgo = self.folder / "native-pgo"
        if with_pgo or (pgo / "complete").exists():
            self.natives["PGO"] = self.native("pgo", ["--enable-optimizations"])
        self.python = self.natives["-O3"]
        self.site = self.optional("wheels", self.unpacked_wheels)
        self.pyodide = self.optional("pyodide", self.installed_pyodide)
        self.bubblewrap = self.optional("bubblewrap", self.unpacked_bubblewrap)

    def optional(self, name, make):
        """What `make` gives, or nothing, with the reason kept for the report."""
        try:
            return make()
        except (RuntimeError, OSError) as error:
            self.missing[name] = str(error).strip().splitlines()[-1]
            log(f"left out: {name}: {error}")
            return None

    def built(self):
        """The build that is shipped; its guest and snapshot are made too."""
        log("building Hatchery")
        subprocess.run(["cargo", "build", "--profile", "dist", "--workspace", "--bin", "hatchery", "--bin", "hatchery-bench"], cwd=ROOT, check=True)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "dist"
        subprocess.run([target / "hatchery", "build"], check=True, stdout=subprocess.DEVNULL)
        return target

    @staticmethod
    def newest_stage(name):
        """The folder that the guest's recipe made for a stage."""
        stages = [path for path in (cache_dir() / "guest").glob(f"{name}-*") if path.is_dir()]
        return max(stages, key=lambda path: path.stat().st_mtime)

    def native(self, name, options):
        """CPython of the guest's version, as its own configure builds it: with -O3."""

        def make(folder):
            # As it was released, without the guest's patches.
            tarball = os.environ.get("HATCHERY_CPYTHON_SOURCE") or next(
                (cache_dir() / "downloads").glob("Python-*.tar.xz")
            )
            run(["tar", "-xf", tarball, "--strip-components=1"], cwd=folder)
            run(["./configure", "--without-ensurepip", *options], cwd=folder)
            run(["make", f"-j{os.cpu_count()}"], cwd=folder)

        return once(self.folder / f"native-{name}", make) / "python"

    def unpacked_wheels(self):
        def make(folder):
            wheels = folder / "wheels"
            machine = os.uname().machine
            platforms = [f"--platform={name}_{machine}" for name in WHEEL_PLATFORMS]
            abis = [f"--abi={abi}" for abi in ("cp314", "abi3", "none")]
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:"]
            target = ["--python-version=3.14", "--implementation=cp", *abis, *platforms]
            run([*pip, *target, f"--dest={wheels}", *WHEELS])
            for wheel in wheels.glob("*.whl"):
                run([self.python, "-m", "zipfile", "-e", wheel, folder])
            for script in folder.glob("*.data/scripts/*"):
                script.chmod(0o755)

        return once(self.folder / "-".join(["wheels", *(w.split("==")[1] for w in WHEELS)]), make)

    def installed_pyodide(self):
        def make(folder):
            (folder / "package.json").write_text("{}\n")
            run(["npm", "install", "--silent", "--no-audit", "--no-fund", PYODIDE], cwd=folder)

        folder = once(self.folder / PYODIDE.replace("@", "-"), make)
        return folder / "node_modules/pyodide"

    def unpacked_bubblewrap(self):
        if found := shutil.which("bwrap"):
            command = found
        else:

            def make(folder):
                run(["apt-get", "download", "bubblewrap"], cwd=folder)
                run(["dpkg", "-x", *folder.glob("*.deb"), folder])

            command = once(self.folder / "bubblewrap", make) / "usr/bin/bwrap"
        prefix = f"{command} --ro-bind / / --unshare-all --die-with-parent --proc /proc --dev /dev"
        run([*prefix.split(), self.python, "-I", "-c", "pass"])
        return prefix
