import decimal
import math
import sys


def pi_digits(n):
    one = 10 ** (n + 10)

    def arctan(inverse):
        total = term = one // inverse
        k, sign = 3, -1
        while term:
            term //= inverse * inverse
            total += sign * (term // k)
            k, sign = k + 2, -sign
        return total

    return 4 * (4 * arctan(5) - arctan(239)) // 10**10


print(pi_digits(100))
sys.set_int_max_str_digits(0)
n = math.factorial(2000)
text = str(n)
print(len(text), text[:20], sum(map(int, text)), n % 10**9 == 0, int(text) == n, math.isqrt(n).bit_length())
a, b = 3**1000, 7**500
print(a * b % 1_000_000_007, pow(a, b, 10**9 + 7), math.gcd(a * 12, b * 18), (a // b).bit_length(), hex(a)[-10:], divmod(b, a)[0])
print(int("z" * 20, 36), f"{2**100:,}", f"{-(2**70):#x}", (2**64).to_bytes(9), 5 .__pow__(3), ~(2**65), (-(2**65)) >> 60, 2**65 & -(2**60))
with decimal.localcontext() as context:
    context.prec = 60
    e = sum(decimal.Decimal(1) / math.factorial(k) for k in range(60))
    print(e, decimal.Decimal(2).ln(), decimal.Decimal("1e-10").exp())
    context.rounding = decimal.ROUND_DOWN
    print(decimal.Decimal("2.999").quantize(decimal.Decimal("1")), decimal.Decimal(10) % 3, decimal.Decimal(-10) // 3)
try:
    with decimal.localcontext(traps=[decimal.Inexact]):
        decimal.Decimal(1) / 3
except decimal.Inexact as error:
    print(type(error).__name__)
for bad in ("1/0", "0/0", "x"):
    try:
        decimal.Decimal(bad) if bad == "x" else eval(bad.replace("1/0", "decimal.Decimal(1)/0").replace("0/0", "decimal.Decimal(0)/0"))
    except decimal.InvalidOperation as error:
        print(bad, [c.__name__ for c in error.args[0]])
    except decimal.DivisionByZero as error:
        print(bad, [c.__name__ for c in error.args[0]])
