from datetime import date, datetime, time, timedelta, timezone

stamps = ["2024-03-10T14:30:00+02:00", "20240310T143000Z", "2024-W10-7", "2024-03-10 14:30:00.123456", "2024-03-10"]
for stamp in stamps:
    print(datetime.fromisoformat(stamp))
formats = {"10/Mar/2024:14:30:00 +0100": "%d/%b/%Y:%H:%M:%S %z", "March 5, 24": "%B %d, %y", "2:05 PM": "%I:%M %p", "070 2024": "%j %Y", "Sun 10 3 2024": "%a %d %m %Y"}
for text, format in formats.items():
    print(datetime.strptime(text, format))
for text, format in (("2024-02-30", "%Y-%m-%d"), ("abc", "%H"), ("12:61", "%H:%M"), ("1 2", "%H")):
    try:
        datetime.strptime(text, format)
    except ValueError as error:
        print(error)
moment = datetime(2024, 3, 5, 4, 7, 9, 42, tzinfo=timezone(timedelta(hours=-3, minutes=-30), "NST"))
for directive in "aAbBcdHIjmMpSUwWxXyYzZfGuVDFTRehCns%":
    print(directive, repr(moment.strftime("%" + directive)), end="; ")
print()
print(moment.isoformat(timespec="milliseconds"), moment.astimezone(timezone.utc), moment.timestamp())
print(time.fromisoformat("04:23:01.5+01:00"), date.fromisocalendar(2024, 1, 1), f"{moment:%d.%m.%y}")
print(moment.replace(fold=1).fold, moment.utctimetuple()[:6], repr(moment))
