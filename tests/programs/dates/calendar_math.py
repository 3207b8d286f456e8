import calendar
import datetime as dt

start = dt.date(2024, 1, 31)


def add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


for months in (1, 2, 13, -11, 25):
    print(months, add_months(start, months))
print((dt.date(2024, 12, 25) - dt.date(2024, 2, 29)).days, dt.date(2023, 1, 1).isocalendar(), dt.date(2024, 2, 29).strftime("%A %d %B %Y, day %j, week %V"))
fridays = [d for d in (dt.date(2024, 1, 1) + dt.timedelta(n) for n in range(366)) if d.day == 13 and d.weekday() == 4]
print(*fridays)
print(calendar.month(2024, 2))
print(calendar.isleap(1900), calendar.leapdays(1900, 2001), calendar.weekday(1969, 7, 20))
print(calendar.TextCalendar(6).formatweek([(1, 0), (2, 1)], 3))
print(dt.timedelta(days=1.5, hours=-3, microseconds=7), dt.timedelta(-1), abs(dt.timedelta(-1, 5)), dt.timedelta(hours=7) // dt.timedelta(minutes=25))
for wrong in ((2023, 2, 29), (0, 1, 1), (2024, 13, 1)):
    try:
        dt.date(*wrong)
    except ValueError as error:
        print(error)
