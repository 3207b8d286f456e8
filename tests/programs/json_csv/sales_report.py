import csv
import io
from collections import defaultdict
from statistics import mean, median, pstdev

source = """date,region,product,units,price
2024-01-03,North,Widget,10,2.50
2024-01-04,South,"Gadget, large",3,19.99
2024-01-09,North,Widget,7,2.50
2024-02-11,East,"The ""Best"" one",1,100
2024-02-14,South,Widget,,2.50
2024-02-20,North,"Gadget, large",2,18.00
"""
totals = defaultdict(lambda: defaultdict(float))
prices = defaultdict(list)
skipped = 0
for row in csv.DictReader(io.StringIO(source)):
    try:
        units = int(row["units"])
    except ValueError:
        skipped += 1
        continue
    totals[row["region"]][row["date"][:7]] += units * float(row["price"])
    prices[row["product"]].append(float(row["price"]))
months = sorted({month for region in totals.values() for month in region})
out = io.StringIO()
writer = csv.writer(out)
writer.writerow(["region", *months, "total"])
for region in sorted(totals):
    row = [totals[region].get(month, 0) for month in months]
    writer.writerow([region, *(f"{v:.2f}" for v in row), f"{sum(row):.2f}"])
print(out.getvalue())
for product, values in sorted(prices.items()):
    print(f"{product:<18} mean {mean(values):6.2f} median {median(values):6.2f} sd {pstdev(values):.3f}")
print("skipped", skipped)
