"""Methods found by class: tasks of an operating system that pass packets around."""


class Packet:
    __slots__ = ("kind", "value", "link")

    def __init__(self, kind, value):
        self.kind = kind
        self.value = value
        self.link = None


class Task:
    def __init__(self, name, priority):
        self.name = name
        self.priority = priority
        self.inbox = None
        self.held = False
        self.runs = 0

    def put(self, packet):
        packet.link = self.inbox
        self.inbox = packet

    def take(self):
        packet = self.inbox
        if packet is not None:
            self.inbox = packet.link
            packet.link = None
        return packet

    def is_ready(self):
        return self.inbox is not None and not self.held

    def step(self, system):
        self.runs += 1
        packet = self.take()
        if packet is not None:
            self.handle(packet, system)

    def handle(self, packet, system):
        raise NotImplementedError


class Idle(Task):
    def is_ready(self):
        return True

    def handle(self, packet, system):
        system.idle += 1

    def step(self, system):
        super().step(system)
        system.seed = (system.seed * 1103515245 + 12345) & 0x7FFFFFFF
        system.release(system.seed & 1)


class Device(Task):
    def handle(self, packet, system):
        packet.value += self.priority
        self.held = True
        system.send(3 + packet.kind, packet)


class Handler(Task):
    def __init__(self, name, priority, device):
        super().__init__(name, priority)
        self.device = device
        self.total = 0

    def handle(self, packet, system):
        self.total = (self.total + packet.value) & 0xFFFF
        if packet.value % 7 == 0:
            packet.kind = 1 - packet.kind
        system.send(1 + self.device if packet.value % 2 else 5, packet)


class Worker(Task):
    def handle(self, packet, system):
        for digit in (3, 1, 4):
            packet.value = (packet.value * 3 + digit) % 9973
        system.send(3 + packet.kind, packet)


class System:
    def __init__(self):
        self.seed = 42
        self.idle = 0
        self.tasks = [
            Idle("idle", 0),
            Device("disk", 2),
            Device("net", 3),
            Handler("disk handler", 4, 0),
            Handler("net handler", 5, 1),
            Worker("worker", 1),
        ]
        self.by_priority = sorted(self.tasks, key=lambda task: -task.priority)
        for i in range(6):
            self.send(3 + i % 2, Packet(i % 2, i * 11))

    def send(self, index, packet):
        self.tasks[index].put(packet)

    def release(self, device):
        self.tasks[1 + device].held = False

    def run(self, steps):
        for _ in range(steps):
            for task in self.by_priority:
                if task.is_ready():
                    task.step(self)
                    break


system = System()
system.run(90_000)
print(system.seed, *(task.runs for task in system.tasks))
