import datetime
import locale
import operator
import string
import sys

sales = [("2024-01", "north", 1200.5), ("2024-01", "south", 830), ("2024-02", "north", 990.25), ("2024-02", "south", 1410.75)]
months = sorted({m for m, *_ in sales})
print(f"{'Month':<10}{'North':>12}{'South':>12}{'Total':>12}")
print("-" * 46)
for month in months:
    north, south = (sum(v for m, r, v in sales if (m, r) == (month, region)) for region in ("north", "south"))
    print(f"{month:<10}{north:>12,.2f}{south:>12,.2f}{north + south:>12,.2f}")
print("=" * 46)
total = sum(map(operator.itemgetter(2), sales))
print(f"{'Total':<34}{total:>12,.2f}")
for region in ("north", "south"):
    share = sum(v for _, r, v in sales if r == region) / total
    print(f"{region:>6} {'█' * round(share * 30):<30} {share:6.1%}")
print(f"{datetime.date(2024, 3, 1):%d %B %Y}", f"{datetime.timedelta(seconds=3725)}", string.capwords("the end of it"))
print("%-8s|%+.3e|%05d|%x|%%|%r" % ("left", 12345.678, 42, 255, "q"), "{:>{}}".format("x", 4), f"{3.7:n}", f"{-5:=+7}", f"{'é':>3}|")
print(locale.format_string("%.2f", 1234.5), sys.getsizeof([]) > 0, f"{'=' * 3!r:^9}", f"{total=:.1f}", f"{[1, 2]!s:>8}")
print("a\tb".expandtabs(4), "Hello World".swapcase(), "x=1;y=2".split(";"), "a,b,,c".rsplit(",", 1), "www.x.com".removeprefix("www."), "42".zfill(5), "-42".zfill(5), "title case's".title(), " pad ".strip().center(9, "*"))
