/* Limits and use of resources.
 *
 * What really limits a sandbox is its host, which a program cannot change. The limits here are those that a program
 * sets itself: they are remembered, and have no effect. */
#include <errno.h>
#include <stdbool.h>

#include "files/descriptor.h"
#include "posix/process.h"
#include "posix/sys/resource.h"

static struct rlimit limits[RLIM_NLIMITS];
static bool is_set[RLIM_NLIMITS];

static struct rlimit usual(int resource) {
    switch (resource) {
    case RLIMIT_NOFILE: return (struct rlimit){(rlim_t)descriptor_end(), (rlim_t)descriptor_end()};
    case RLIMIT_STACK: return (struct rlimit){8 << 20, RLIM_INFINITY};
    case RLIMIT_CORE: return (struct rlimit){0, RLIM_INFINITY};
    case RLIMIT_NPROC: return (struct rlimit){1, 1};
    default: return (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
    }
}

int getrlimit(int resource, struct rlimit *limit) {
    if (resource < 0 || resource >= RLIM_NLIMITS) return failed_with(EINVAL);
    *limit = is_set[resource] ? limits[resource] : usual(resource);
    return 0;
}

int setrlimit(int resource, const struct rlimit *limit) {
    struct rlimit before;
    if (getrlimit(resource, &before) != 0) return -1;
    if (limit->rlim_cur > limit->rlim_max) return failed_with(EINVAL);
    if (limit->rlim_max > before.rlim_max) return failed_with(EPERM);
    limits[resource] = *limit;
    is_set[resource] = true;
    return 0;
}

int prlimit(pid_t process, int resource, const struct rlimit *limit, struct rlimit *before) {
    if (process != 0 && process != PROCESS_ID) return failed_with(process == INIT_ID ? EPERM : ESRCH);
    if (getrlimit(resource, before) != 0) return -1;
    return limit ? setrlimit(resource, limit) : 0;
}

int getrusage(int who, struct rusage *usage) {
    *usage = (struct rusage){0};
    if (who == RUSAGE_CHILDREN) return 0;
    if (who != RUSAGE_SELF && who != RUSAGE_THREAD) return failed_with(EINVAL);
    uint64_t used_us = process_time_ns() / 1000;
    usage->ru_utime = (struct timeval){.tv_sec = (time_t)(used_us / 1000000), .tv_usec = (suseconds_t)(used_us % 1000000)};
    usage->ru_maxrss = (long)(__builtin_wasm_memory_size(0) << 6);
    return 0;
}
