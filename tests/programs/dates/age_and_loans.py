from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal


def age(born, today):
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


print([age(date(2000, 2, 29), date(2023, 2, 28)), age(date(2000, 2, 29), date(2023, 3, 1)), age(date(1990, 12, 31), date(2024, 12, 31))])
principal, rate, months = Decimal(10000), Decimal("0.065") / 12, 12
payment = (principal * rate / (1 - (1 + rate) ** -months)).quantize(Decimal("0.01"), ROUND_HALF_UP)
print("payment", payment)
day, total = date(2024, 1, 15), Decimal(0)
while principal > 0:
    interest = (principal * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
    paid = min(payment, principal + interest)
    principal -= paid - interest
    total += interest
    print(f"{day} {paid:>8} {interest:>6} {principal:>9}")
    day = (day.replace(day=1) + timedelta(days=32)).replace(day=15)
print("interest", total)
