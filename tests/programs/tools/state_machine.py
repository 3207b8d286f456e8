from dataclasses import dataclass, field


class TransitionError(Exception):
    pass


@dataclass
class Machine:
    state: str = "draft"
    history: list[tuple[str, str]] = field(default_factory=list)
    RULES = {"draft": {"submit": "review", "delete": "gone"}, "review": {"approve": "live", "reject": "draft"}, "live": {"retire": "gone"}}

    def __post_init__(self):
        self.hooks = {}

    def on(self, event):
        def register(function):
            self.hooks.setdefault(event, []).append(function)
            return function

        return register

    def fire(self, event, **data):
        try:
            target = self.RULES[self.state][event]
        except KeyError:
            allowed = ", ".join(self.RULES.get(self.state, ())) or "nothing"
            raise TransitionError(f"cannot {event} in {self.state}; possible: {allowed}") from None
        for hook in self.hooks.get(event, ()):
            hook(self, **data)
        self.history.append((self.state, event))
        self.state = target
        return self


m = Machine()


@m.on("approve")
def notify(machine, by="?"):
    print("approved by", by, "from", machine.state)


m.fire("submit").fire("reject").fire("submit").fire("approve", by="ana")
print(m, m.state)
for event in ("submit", "retire", "anything"):
    try:
        m.fire(event)
    except TransitionError as error:
        print(error, error.__cause__)
print(m.history)
