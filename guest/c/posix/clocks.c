/* Sleeping that a timer's signal ends, and the time that the program has used. */
#include "posix/posix.h"

#include <errno.h>
#include <unistd.h>
#include <wasi/api.h>

#include "posix/process.h"
#include "posix/timers.h"

/* As libc has it. */
struct __clockid {
    __wasi_clockid_t id;
};

static const uint64_t NS_PER_S = 1000000000;

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until,
                    struct timespec *rest) {
    (void)rest;
    if (flags & ~TIMER_ABSTIME || until->tv_nsec < 0 || until->tv_nsec >= (long)NS_PER_S)
        return EINVAL;
    uint64_t seconds = until->tv_sec < 0 ? 0 : (uint64_t)until->tv_sec, most = INT64_MAX / NS_PER_S;
    __wasi_subscription_t wanted = {
        .u.tag = __WASI_EVENTTYPE_CLOCK,
        .u.u.clock = {.id = clock->id,
                      .timeout = (seconds > most ? most : seconds) * NS_PER_S +
                                 (uint64_t)until->tv_nsec,
                      .flags = (__wasi_subclockflags_t)flags}};
    __wasi_event_t event;
    __wasi_size_t count;
    return __wasi_poll_oneoff(&wanted, &event, 1, &count);
}

int pause(void) {
    /* Without a timer that is until the host has had enough. */
    struct timespec for_ever = {.tv_sec = INT32_MAX};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &for_ever, NULL) == 0) {}
    errno = EINTR;
    return -1;
}

static uint64_t read_ns(__wasi_clockid_t clock) {
    __wasi_timestamp_t ns = 0;
    (void)!__wasi_clock_time_get(clock, 1, &ns);
    return ns;
}

uint64_t process_time_ns(void) { return read_ns(__WASI_CLOCKID_PROCESS_CPUTIME_ID); }

/* libc's clock_t of a program's time is in nanoseconds, and that of times() in ticks. */
clock_t clock(void) { return (clock_t)process_time_ns(); }

static clock_t ticks(__wasi_clockid_t clock) {
    return (clock_t)(read_ns(clock) / (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK)));
}

clock_t times(struct tms *into) {
    *into = (struct tms){.tms_utime = ticks(__WASI_CLOCKID_PROCESS_CPUTIME_ID)};
    return ticks(__WASI_CLOCKID_MONOTONIC);
}
