from collections import deque
from enum import Enum


class State(Enum):
    IDLE, UP, DOWN, OPEN = range(4)


class Elevator:
    def __init__(self, floors):
        self.floors, self.at, self.state, self.stops, self.log = floors, 0, State.IDLE, deque(), []

    def call(self, floor):
        if not 0 <= floor < self.floors:
            raise ValueError(f"no floor {floor}")
        if floor not in self.stops:
            self.stops.append(floor)

    def step(self):
        if not self.stops:
            self.state = State.IDLE
        elif self.at in self.stops:
            self.stops.remove(self.at)
            self.state = State.OPEN
        else:
            target = min(self.stops, key=lambda f: (abs(f - self.at), f))
            self.state = State.UP if target > self.at else State.DOWN
            self.at += 1 if self.state is State.UP else -1
        self.log.append(f"{self.at}{self.state.name[0]}")


lift = Elevator(6)
for floor in (3, 5, 1):
    lift.call(floor)
for tick in range(14):
    if tick == 4:
        lift.call(0)
    lift.step()
print(" ".join(lift.log))
try:
    lift.call(9)
except ValueError as error:
    print(error)
