import heapq
import random

random.seed(3)
events, served, waits, free, waiting = [], 0, [], 2, []
at = 0.0
for customer in range(40):
    at += random.expovariate(1 / 2)
    heapq.heappush(events, (at, 0, "arrive", customer))
order = 1
while events:
    now, _, kind, customer = heapq.heappop(events)
    if kind == "arrive":
        waiting.append((now, customer))
    else:
        free += 1
    while free and waiting:
        since, who = waiting.pop(0)
        waits.append(now - since)
        free -= 1
        heapq.heappush(events, (now + random.uniform(2, 5), order, "leave", who))
        order += 1
    served += kind == "leave"
print(served, round(sum(waits) / len(waits), 6), round(max(waits), 6), sum(w == 0 for w in waits))
