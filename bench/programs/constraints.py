"""Attributes and small objects: values kept in step by a chain of constraints."""


class Variable:
    def __init__(self, value=0):
        self.value = value
        self.readers = []
        self.decided_by = None
        self.mark = 0

    def is_stale(self, mark):
        return self.mark != mark


class Constraint:
    strength = 0

    def inputs(self):
        return ()

    def execute(self):
        pass


class Scaled(Constraint):
    strength = 2

    def __init__(self, source, scale, offset, target):
        self.source = source
        self.scale = scale
        self.offset = offset
        self.target = target
        source.readers.append(self)
        target.decided_by = self

    def inputs(self):
        return (self.source,)

    def execute(self):
        self.target.value = (self.source.value * self.scale + self.offset) % 1_000_003


class Sum(Constraint):
    strength = 3

    def __init__(self, left, right, target):
        self.left = left
        self.right = right
        self.target = target
        left.readers.append(self)
        right.readers.append(self)
        target.decided_by = self

    def inputs(self):
        return (self.left, self.right)

    def execute(self):
        self.target.value = self.left.value + self.right.value


class Planner:
    def __init__(self):
        self.mark = 0
        self.executed = 0

    def plan(self, changed):
        self.mark += 1
        changed.mark = self.mark
        todo, order = list(changed.readers), []
        while todo:
            constraint = todo.pop()
            if constraint.target.is_stale(self.mark):
                constraint.target.mark = self.mark
                order.append(constraint)
                todo.extend(r for r in constraint.target.readers if r.strength >= 2)
        return order

    def change(self, variable, value):
        variable.value = value
        for constraint in self.plan(variable):
            if any(v.mark == self.mark for v in constraint.inputs()):
                constraint.execute()
                self.executed += 1


def chain(length):
    first = last = Variable(1)
    for i in range(length):
        following = Variable()
        Scaled(last, 2 + i % 3, i, following)
        if i % 5 == 4:
            total = Variable()
            Sum(last, following, total)
            following = total
        last = following
    return first, last


planner = Planner()
checksum = 0
for size in (50, 400):
    first, last = chain(size)
    for value in range(260):
        planner.change(first, value)
        checksum = (checksum * 31 + last.value) % 1_000_000_007
print(checksum, planner.executed)
