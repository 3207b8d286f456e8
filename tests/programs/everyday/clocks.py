import datetime
import math
import time

began, cpu, exact = time.monotonic(), time.process_time(), time.perf_counter()
time.sleep(0.01)
print(time.monotonic() - began >= 0.01, time.process_time() - cpu < 0.5, time.perf_counter() - exact < 30, 0 <= time.process_time() < 1000)
print(abs(time.time() - datetime.datetime.now().timestamp()) < 5, time.time_ns() > 1.7e18, time.thread_time() >= 0)
moment = time.gmtime(1_700_000_000)
print(moment, time.strftime("%Y-%m-%dT%H:%M:%SZ", moment), time.asctime(moment), time.strftime("%l:%M %P %k|%E|%q", moment))
print(time.mktime(time.strptime("2024-02-29 12:30", "%Y-%m-%d %H:%M")) % 60, time.strptime("30 Nov 00", "%d %b %y").tm_yday)
for clock in ("monotonic", "perf_counter", "time", "process_time", "thread_time"):
    info = time.get_clock_info(clock)
    print(clock, info.monotonic, info.adjustable, 0 < info.resolution < 0.1)
try:
    time.sleep(-1)
except ValueError as error:
    print(error)
for value in (math.inf, math.nan, 1e300):
    try:
        datetime.datetime.fromtimestamp(value)
    except (ValueError, OverflowError) as error:
        print(type(error).__name__)
print(datetime.datetime.fromtimestamp(0, datetime.timezone.utc), datetime.datetime(1, 1, 1) - datetime.datetime(9999, 12, 31), datetime.date.fromtimestamp(86400 * 365))
