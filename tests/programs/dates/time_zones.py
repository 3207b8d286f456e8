from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

cities = {"New York": "America/New_York", "London": "Europe/London", "Delhi": "Asia/Kolkata", "Sydney": "Australia/Sydney", "Kathmandu": "Asia/Kathmandu"}
noon = datetime(2024, 7, 1, 12, tzinfo=timezone.utc)
for city, zone in cities.items():
    local = noon.astimezone(ZoneInfo(zone))
    print(f"{city:<10}{local:%Y-%m-%d %H:%M %Z %z} dst={local.dst()}")
new_york = ZoneInfo("America/New_York")
before = datetime(2024, 3, 10, 1, 59, tzinfo=new_york)
after = (before.astimezone(timezone.utc) + timedelta(minutes=1)).astimezone(new_york)
print(before, "->", after)
for fold in (0, 1):
    twice = datetime(2024, 11, 3, 1, 30, fold=fold, tzinfo=new_york)
    print(fold, twice.utcoffset(), twice.astimezone(timezone.utc))
print(datetime(2024, 11, 2, 12, tzinfo=new_york) + timedelta(days=1))
print((datetime(2024, 11, 3, 12, tzinfo=new_york) - datetime(2024, 11, 2, 12, tzinfo=new_york)))
try:
    ZoneInfo("Mars/Olympus")
except ZoneInfoNotFoundError as error:
    print(error)
try:
    print(datetime(2024, 1, 1) < noon)
except TypeError as error:
    print(error)
