import cmath
import decimal
import fractions
import itertools
import math
import random
import statistics


def sieve(n):
    flags = bytearray([1]) * (n + 1)
    flags[:2] = b"\0\0"
    for i in range(2, math.isqrt(n) + 1):
        if flags[i]:
            flags[i * i::i] = bytes(len(range(i * i, n + 1, i)))
    return [i for i, f in enumerate(flags) if f]


def is_prime(n):
    if n < 2 or n % 2 == 0:
        return n == 2
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if a % n and (x := pow(a, d, n)) not in (1, n - 1) and all((x := x * x % n) != n - 1 for _ in range(s - 1)):
            return False
    return True


def factor(n):
    out = []
    p = 2
    while p * p <= n:
        while n % p == 0:
            out.append(p)
            n //= p
        p += 1
    return out + [n] * (n > 1)


print(len(sieve(100000)), sieve(30), is_prime(2**127 - 1), is_prime(2**127 + 1), factor(1234567890), factor(600851475143))
print(pow(3, -1, 11), math.gcd(84, 36, 60), math.lcm(4, 6, 10), math.comb(50, 25), math.perm(10, 3), math.factorial(30))
print(2**200, (2**200).bit_length(), int("ff", 16), 10**30 // 7, -7 // 2, -7 % 3, divmod(-7, 2), round(2.5), round(-3.5), round(1234.5678, -2))
print(0.1 + 0.2, math.fsum([0.1] * 10), sum([0.1] * 10), 1e308 * 10, math.nextafter(1, 2), math.ulp(1.0), (0.1).as_integer_ratio(), (0.5).hex())
print(fractions.Fraction(3, 4) + fractions.Fraction("0.2"), fractions.Fraction(math.pi).limit_denominator(1000), cmath.sqrt(-4), abs(3 + 4j), cmath.phase(-1))
with decimal.localcontext(prec=50):
    print(decimal.Decimal(2).sqrt(), decimal.Decimal(1) / 3)
print(decimal.Decimal("1.10") + 1, decimal.Decimal("NaN").is_nan(), decimal.Decimal("2.675").quantize(decimal.Decimal("0.01")), decimal.Decimal(0.1))
random.seed(42)
print(random.random(), random.randint(1, 100), random.choice("abc"), random.sample(range(100), 5), random.gauss(0, 1), random.getrandbits(70), random.choices("xyz", [5, 1, 1], k=6))
deck = list(range(10))
random.shuffle(deck)
print(deck, statistics.stdev(deck), statistics.quantiles(deck, n=4), statistics.mode("abracadabra"), statistics.linear_regression([1, 2, 3], [2, 4.1, 5.9]))
pi = decimal.Decimal(0)
print(list(itertools.islice((n for n in itertools.count(1) if sum(d for d in range(1, n) if n % d == 0) == n), 3)), math.isclose(math.sin(math.pi), 0, abs_tol=1e-15))
try:
    math.sqrt(-1)
except ValueError as error:
    print(error)
try:
    int("9" * 5000)
except ValueError as error:
    print(error)
