/* Timers of the program's own: alarm() and setitimer().
 *
 * Nothing interrupts the guest from outside: while a timer is set, CPython asks timers_check at
 * every turn of a loop and every call (patches/0020), and whatever sleeps wakes up for it. */
#ifndef HATCHERY_POSIX_TIMERS_H
#define HATCHERY_POSIX_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

/* Not 0 while any timer is set: all that is looked at otherwise. */
extern int hatchery_timers_set;

/* Raises the signals of the timers that have run out; how many. */
int timers_ring(void);

/* The same for CPython, which asks very often: the clock is read now and then only. */
void hatchery_timers_check(void);

/* How long the first timer that runs while the program sleeps has still to go; UINT64_MAX: none. */
uint64_t timers_rest_ns(void);

/* Sleeps for so long, UINT64_MAX being for ever, or until that timer has run out: true then. */
bool timers_sleep(uint64_t ns);

/* None is set any more: timers end with the run. */
void timers_clear(void);

#endif
