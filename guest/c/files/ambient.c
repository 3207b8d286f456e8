/* What the guest would learn from its surroundings: it has no arguments, no
 * environment and no sockets, and every open file but a pipe is always ready. Clocks,
 * randomness, sleeping and process exit stay imports of the host. */
#include "files/descriptor.h"

#include <string.h>

#include "posix/timers.h"

int32_t WASI(args_sizes_get)(int32_t count, int32_t bytes) {
    *(__wasi_size_t *)count = 0;
    *(__wasi_size_t *)bytes = 0;
    return 0;
}

int32_t WASI(args_get)(int32_t pointers, int32_t bytes) {
    (void)pointers, (void)bytes;
    return 0;
}

int32_t WASI(environ_sizes_get)(int32_t count, int32_t bytes) {
    *(__wasi_size_t *)count = 0;
    *(__wasi_size_t *)bytes = 0;
    return 0;
}

int32_t WASI(environ_get)(int32_t pointers, int32_t bytes) {
    (void)pointers, (void)bytes;
    return 0;
}

int32_t WASI(sock_accept)(int32_t fd, int32_t flags, int32_t accepted) {
    (void)fd, (void)flags, (void)accepted;
    return __WASI_ERRNO_NOTSUP;
}

int32_t WASI(sock_recv)(int32_t fd, int32_t iovs, int32_t count, int32_t flags, int32_t total,
                        int32_t flags_out) {
    (void)fd, (void)iovs, (void)count, (void)flags, (void)total, (void)flags_out;
    return __WASI_ERRNO_NOTSUP;
}

int32_t WASI(sock_send)(int32_t fd, int32_t iovs, int32_t count, int32_t flags, int32_t total) {
    (void)fd, (void)iovs, (void)count, (void)flags, (void)total;
    return __WASI_ERRNO_NOTSUP;
}

int32_t WASI(sock_shutdown)(int32_t fd, int32_t how) {
    (void)fd, (void)how;
    return __WASI_ERRNO_NOTSUP;
}

__attribute__((import_module("wasi_snapshot_preview1"), import_name("poll_oneoff"))) int32_t
host_poll_oneoff(int32_t subscriptions, int32_t events, int32_t count, int32_t ready);

/* Sleeps until the first of the clocks has run out, or a timer of the program's: EINTR then.
 * The host knows of the clocks alone. */
static int32_t sleep_until(const __wasi_subscription_t *clocks, int32_t clocks_len, int32_t events,
                           int32_t ready) {
    uint64_t rest = timers_rest_ns();
    if (rest == UINT64_MAX)
        return host_poll_oneoff((int32_t)clocks, events, clocks_len, ready);
    enum { CLOCKS_MAX = 8 };
    __wasi_subscription_t all[CLOCKS_MAX];
    __wasi_event_t rung[CLOCKS_MAX];
    if (clocks_len >= CLOCKS_MAX) return __WASI_ERRNO_INVAL;
    memcpy(all, clocks, (size_t)clocks_len * sizeof *all);
    all[clocks_len] = (__wasi_subscription_t){
        .u.tag = __WASI_EVENTTYPE_CLOCK,
        .u.u.clock = {.id = __WASI_CLOCKID_MONOTONIC, .timeout = rest}};
    __wasi_size_t count = 0;
    int32_t error = host_poll_oneoff((int32_t)all, (int32_t)rung, clocks_len + 1, (int32_t)&count);
    if (error) return error;
    if (timers_ring()) return __WASI_ERRNO_INTR;
    if (count > (__wasi_size_t)clocks_len) count = (__wasi_size_t)clocks_len;
    memcpy((void *)events, rung, count * sizeof *rung);
    *(__wasi_size_t *)ready = count;
    return 0;
}

/* Descriptors are answered here. Where none is ready, only the clocks are left to wait for, as
 * nobody else runs who could change that. */
int32_t WASI(poll_oneoff)(int32_t subscriptions, int32_t events, int32_t count, int32_t ready) {
    const __wasi_subscription_t *wanted = (void *)subscriptions;
    __wasi_event_t *event = (void *)events;
    __wasi_size_t found = 0;
    int32_t clocks = 0, last_clock = 0;
    for (int32_t i = 0; i < count; i++) {
        uint8_t kind = wanted[i].u.tag;
        if (kind == __WASI_EVENTTYPE_CLOCK) {
            clocks++;
            last_clock = i;
            continue;
        }
        int32_t fd = (int32_t)wanted[i].u.u.fd_read.file_descriptor;
        Descriptor *d = descriptor(fd);
        if (d && d->kind->is_ready && !d->kind->is_ready(d, kind == __WASI_EVENTTYPE_FD_WRITE))
            continue;
        memset(&event[found], 0, sizeof event[found]);
        event[found].userdata = wanted[i].userdata;
        event[found].type = kind;
        event[found].error = d ? 0 : __WASI_ERRNO_BADF;
        event[found].fd_readwrite.nbytes =
            d && d->kind->ready_bytes ? d->kind->ready_bytes(d) : 0;
        event[found].fd_readwrite.flags = d && d->kind->hang_up ? d->kind->hang_up(d) : 0;
        found++;
    }
    *(__wasi_size_t *)ready = found;
    if (found) return 0;
    if (clocks == count) return sleep_until(wanted, clocks, events, ready);
    if (!clocks) return __WASI_ERRNO_DEADLK;
    return sleep_until(&wanted[last_clock], 1, events, ready);
}
