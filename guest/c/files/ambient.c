/* What the guest would learn from its surroundings: it has no arguments, no
 * environment and no sockets, and every open file is always ready. Clocks,
 * randomness, sleeping and process exit stay imports of the host. */
#include "files/descriptor.h"

#include <string.h>

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

/* The host knows no descriptor of ours, so it only ever sleeps: descriptors are
 * answered here, at once, and clocks alone are passed on. */
int32_t WASI(poll_oneoff)(int32_t subscriptions, int32_t events, int32_t count, int32_t ready) {
    const __wasi_subscription_t *wanted = (void *)subscriptions;
    __wasi_event_t *event = (void *)events;
    __wasi_size_t found = 0;
    for (int32_t i = 0; i < count; i++) {
        uint8_t kind = wanted[i].u.tag;
        if (kind == __WASI_EVENTTYPE_CLOCK) continue;
        int32_t fd = (int32_t)wanted[i].u.u.fd_read.file_descriptor;
        Descriptor *d = descriptor(fd);
        memset(&event[found], 0, sizeof event[found]);
        event[found].userdata = wanted[i].userdata;
        event[found].type = kind;
        event[found].error = d ? 0 : __WASI_ERRNO_BADF;
        event[found].fd_readwrite.nbytes =
            d && d->kind->ready_bytes ? d->kind->ready_bytes(d) : 0;
        found++;
    }
    if (found == 0) return host_poll_oneoff(subscriptions, events, count, ready);
    *(__wasi_size_t *)ready = found;
    return 0;
}
