#include "posix/timers.h"

#include "posix/posix.h"

#include <errno.h>
#include <time.h>

#include "posix/process.h"

enum { TIMERS = 3, NS_PER_US = 1000, US_PER_S = 1000000, CHECKS_A_LOOK = 64 };
static const uint64_t NS_PER_S = 1000000000;

static const struct {
    int signal;
    __wasi_clockid_t clock;
} kinds[TIMERS] = {
    [ITIMER_REAL] = {SIGALRM, __WASI_CLOCKID_MONOTONIC},
    [ITIMER_VIRTUAL] = {SIGVTALRM, __WASI_CLOCKID_PROCESS_CPUTIME_ID},
    [ITIMER_PROF] = {SIGPROF, __WASI_CLOCKID_PROCESS_CPUTIME_ID},
};

static struct {
    uint64_t due_ns; /* 0: not set */
    uint64_t interval_ns;
} timers[TIMERS];

int hatchery_timers_set;

/* CPython's: has it look for signals at the next turn of a loop. */
void _PyEval_SignalReceived(void);

static uint64_t now(int timer) {
    __wasi_timestamp_t ns = 0;
    (void)!__wasi_clock_time_get(kinds[timer].clock, 1, &ns);
    return ns;
}

static void count_set(void) {
    hatchery_timers_set = 0;
    for (int i = 0; i < TIMERS; i++) hatchery_timers_set += timers[i].due_ns != 0;
    if (hatchery_timers_set) _PyEval_SignalReceived();
}

static uint64_t rest_of(int timer) {
    if (!timers[timer].due_ns) return UINT64_MAX;
    uint64_t time = now(timer);
    return timers[timer].due_ns > time ? timers[timer].due_ns - time : 0;
}

int timers_ring(void) {
    int rung = 0;
    for (int i = 0; i < TIMERS; i++) {
        if (rest_of(i) > 0) continue;
        uint64_t interval = timers[i].interval_ns;
        timers[i].due_ns = interval ? now(i) + interval : 0;
        rung++;
        count_set();
        raise(kinds[i].signal);
    }
    return rung;
}

void hatchery_timers_check(void) {
    static uint32_t checks;
    if (++checks % CHECKS_A_LOOK == 0) timers_ring();
}

uint64_t timers_rest_ns(void) { return hatchery_timers_set ? rest_of(ITIMER_REAL) : UINT64_MAX; }

bool timers_sleep(uint64_t ns) {
    uint64_t rest = timers_rest_ns(), wait = rest < ns ? rest : ns;
    struct timespec time = {.tv_sec = (time_t)(wait / NS_PER_S), .tv_nsec = (long)(wait % NS_PER_S)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
    timers_ring();
    return rest <= ns;
}

void timers_clear(void) {
    if (!hatchery_timers_set) return;
    for (int i = 0; i < TIMERS; i++) timers[i].due_ns = timers[i].interval_ns = 0;
    hatchery_timers_set = 0;
}

static bool is_sound(const struct timeval *time) {
    return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < US_PER_S;
}

static uint64_t ns_of(const struct timeval *time) {
    uint64_t seconds = (uint64_t)time->tv_sec, most = UINT64_MAX / 4 / NS_PER_S;
    return (seconds > most ? most : seconds) * NS_PER_S + (uint64_t)time->tv_usec * NS_PER_US;
}

static struct timeval time_of(uint64_t ns) {
    return (struct timeval){.tv_sec = (time_t)(ns / NS_PER_S),
                            .tv_usec = (suseconds_t)(ns % NS_PER_S / NS_PER_US)};
}

int getitimer(int timer, struct itimerval *into) {
    if (timer < 0 || timer >= TIMERS) return failed_with(EINVAL);
    uint64_t rest = rest_of(timer);
    /* One that is about to ring is set: the least that says so. */
    if (rest < NS_PER_US) rest = NS_PER_US;
    into->it_value = time_of(timers[timer].due_ns ? rest : 0);
    into->it_interval = time_of(timers[timer].interval_ns);
    return 0;
}

int setitimer(int timer, const struct itimerval *restrict to, struct itimerval *restrict before) {
    if (timer < 0 || timer >= TIMERS) return failed_with(EINVAL);
    if (!is_sound(&to->it_value) || !is_sound(&to->it_interval)) return failed_with(EINVAL);
    if (before) getitimer(timer, before);
    uint64_t wait = ns_of(&to->it_value);
    timers[timer].due_ns = wait ? now(timer) + wait : 0;
    timers[timer].interval_ns = wait ? ns_of(&to->it_interval) : 0;
    count_set();
    return 0;
}

unsigned alarm(unsigned seconds) {
    struct itimerval to = {.it_value = {.tv_sec = seconds}}, before;
    setitimer(ITIMER_REAL, &to, &before);
    unsigned rest = (unsigned)before.it_value.tv_sec;
    return rest + (before.it_value.tv_usec > 0);
}
