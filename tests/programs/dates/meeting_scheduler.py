from dataclasses import dataclass, field
from datetime import datetime, timedelta
import heapq


@dataclass(order=True)
class Meeting:
    start: datetime
    end: datetime
    title: str = field(compare=False)

    def __post_init__(self):
        if self.end <= self.start:
            raise ValueError(f"{self.title!r} ends before it starts")


def at(text):
    return datetime.strptime("2024-05-06 " + text, "%Y-%m-%d %H:%M")


meetings = [Meeting(at(s), at(e), t) for s, e, t in [("09:00", "10:30", "Plan"), ("10:00", "11:00", "1:1"), ("11:00", "12:00", "Review"), ("09:30", "09:45", "Stand-up"), ("14:00", "15:00", "Demo")]]
rooms = []
used = 0
for meeting in sorted(meetings):
    if rooms and rooms[0][0] <= meeting.start:
        _, room = heapq.heappop(rooms)
    else:
        used += 1
        room = used
    heapq.heappush(rooms, (meeting.end, room))
    print(f"{meeting.start:%H:%M}-{meeting.end:%H:%M} room {room} {meeting.title}")
print("rooms:", used)
busy = []
for meeting in sorted(meetings):
    if busy and meeting.start <= busy[-1][1]:
        busy[-1][1] = max(busy[-1][1], meeting.end)
    else:
        busy.append([meeting.start, meeting.end])
free = at("08:00")
for start, end in busy + [[at("17:00"), None]]:
    if start - free >= timedelta(minutes=30):
        print("free", free.time(), start.time(), (start - free).total_seconds() / 3600)
    free = end
try:
    Meeting(at("10:00"), at("09:00"), "Odd")
except ValueError as error:
    print(error)
