"""Runs a package's own tests with pytest, and tells of every test as it begins and ends.

In a sandbox it is installed as a module and tells the host; natively it is a program that writes the same events to a
file, so that the two runs differ in the interpreter alone.
"""

import json
import os
import re
import sys

import pytest

_SEVERITY = ("passed", "skipped", "expected", "failed")


def _name(nodeid):
    """A test's name, without what differs from run to run, and without what the list uses itself."""
    nodeid = re.sub(r"0x[0-9a-fA-F]{4,}", "0x…", nodeid)
    return nodeid.replace(": ", ":").rstrip(":")


class _Reporter:
    def __init__(self, tell, left_out):
        self._tell = tell
        self._left_out = frozenset(left_out)
        self._states = {}

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        # What a slower machine takes longer for is no failure, and the examples are the same in each run.
        if "hypothesis" in sys.modules:
            from hypothesis import HealthCheck, settings

            settings.register_profile(
                "runner", deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
            )
            settings.load_profile("runner")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if " ".join(_name(item.nodeid).split())[:160] not in self._left_out]

    def pytest_runtest_logstart(self, nodeid, location):
        self._states[nodeid] = ("passed", "")
        self._tell("begin", _name(nodeid), "", "")

    def pytest_runtest_logreport(self, report):
        status, detail = self._states.get(report.nodeid, ("passed", ""))
        now, why = _verdict(report)
        if _SEVERITY.index(now) > _SEVERITY.index(status):
            self._states[report.nodeid] = (now, why)

    def pytest_runtest_logfinish(self, nodeid, location):
        self._tell("end", _name(nodeid), *self._states.pop(nodeid, ("passed", "")))

    def pytest_collectreport(self, report):
        if not report.passed:
            status, detail = _verdict(report)
            self._tell("end", _name(report.nodeid) or "collection", status, detail)

    def pytest_internalerror(self, excrepr):
        self._tell("end", "pytest itself", "failed", str(excrepr))


def _verdict(report):
    if hasattr(report, "wasxfail") and report.skipped:
        return "expected", ""
    if report.passed:
        return "passed", ""
    if report.failed:
        return "failed", report.longreprtext
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return "skipped", reason.removeprefix("Skipped: ")


def run(arguments, left_out, tell_host):
    """Runs pytest in the current folder; `arguments` are the table's."""

    def tell(*event):
        # Lone surrogates cannot cross.
        tell_host(*(text.encode("utf-8", "replace").decode() for text in event))

    # Options of the project's own configuration ask for plugins and reports that are not wanted here.
    common = ["--rootdir=.", "-p", "no:cacheprovider", "-o", "addopts=", "--tb=short", "-q"]
    # A file that cannot be imported takes no other file's tests with it.
    common.append("--continue-on-collection-errors")
    code = pytest.main([*common, *arguments], plugins=[_Reporter(tell, left_out)])
    if code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        tell("end", "all", "passed", "")
    else:
        tell("end", "pytest itself", "failed", f"exit code {int(code)}")


def _main():
    events, left_out, arguments = (json.loads(text) for text in sys.argv[1:])
    sys.argv[1:] = []
    with open(events, "w") as file:

        def tell(*event):
            print(json.dumps(event), file=file, flush=True)

        run(arguments, left_out, tell)
        os.chdir("/")


if __name__ == "__main__":
    _main()
