/* What the compiler's own mathematical library gets wrong. */
#include <math.h>

static const double half_sqrt2 = 0x1.6a09e667f3bcdp-1, log2_of_e = 0x1.71547652b82fep+0;

/* zig 0.17's takes the low bits of a number too small to be normal from before it is scaled, and is off by 3e-7. */
double log2(double x) {
    if (!(x > 0) || isinf(x)) return x == 0 ? -HUGE_VAL : x < 0 ? NAN : x;
    int exponent;
    double fraction = frexp(x, &exponent);
    /* Around 1, so that the logarithm of a number near 1 is not the difference of two that are far from it. */
    if (fraction < half_sqrt2) {
        fraction *= 2;
        exponent--;
    }
    return exponent + log(fraction) * log2_of_e;
}
