"""What was measured, and what follows from it."""

import math
import statistics

from environment import ROOT

PROGRAMS = sorted((ROOT / "bench/programs").glob("*.py"))


class Results:
    """Samples by row and contender, and why there are none."""

    def __init__(self):
        self.samples = {}
        self.failures = {}

    def add(self, row, name, *values):
        self.samples.setdefault(row, {}).setdefault(name, []).extend(values)

    def fail(self, row, name, why):
        self.failures.setdefault(row, {})[name] = why

    def values(self, row, name):
        """The samples; none where one of the runs failed."""
        if name in self.failures.get(row, {}):
            return []
        return self.samples.get(row, {}).get(name, [])

    def median(self, row, name):
        values = self.values(row, name)
        return statistics.median(values) if values else None

    def spread(self, row, name):
        """The middle half of the samples, as a part of their median."""
        values = self.values(row, name)
        if len(values) < 4:
            return 0.0
        low, _, high = statistics.quantiles(values, n=4)
        return (high - low) / statistics.median(values)

    def ratios(self, name, to):
        """Processor time over another's, the median of the rounds, by program."""
        found = {}
        for path in PROGRAMS:
            ours, theirs = self.values(path.stem, name), self.values(path.stem, to)
            if ours and theirs:
                found[path.stem] = statistics.median(a / b for a, b in zip(ours, theirs))
        return found


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))
