#include "files/device.h"

#include <string.h>

#include "files/node.h"

/* The host fills in so much at once: a program that reads more can be stopped between. */
enum { RANDOM_BYTES_AT_ONCE = 64 << 10 };

static __wasi_errno_t stat_device(const Descriptor *d, FileStat *stat) {
    node_stat(d->node, stat);
    return 0;
}

static void reopen_device(const Descriptor *d) { tree_open(d->node); }

static void close_device(Descriptor *d) { tree_close(d->node); }

static __wasi_errno_t read_nothing(const Descriptor *d, uint64_t at, uint8_t *into, size_t len,
                                   size_t *done) {
    (void)d, (void)at, (void)into, (void)len;
    *done = 0;
    return 0;
}

static __wasi_errno_t read_zeros(const Descriptor *d, uint64_t at, uint8_t *into, size_t len,
                                 size_t *done) {
    (void)d, (void)at;
    memset(into, 0, len);
    *done = len;
    return 0;
}

static __wasi_errno_t read_random(const Descriptor *d, uint64_t at, uint8_t *into, size_t len,
                                  size_t *done) {
    (void)d, (void)at;
    for (*done = 0; *done < len;) {
        size_t n = len - *done;
        if (n > RANDOM_BYTES_AT_ONCE) n = RANDOM_BYTES_AT_ONCE;
        __wasi_errno_t error = __wasi_random_get(into + *done, n);
        if (error) return error;
        *done += n;
    }
    return 0;
}

static __wasi_errno_t swallow(const Descriptor *d, uint64_t at, const uint8_t *from, size_t len,
                              size_t *done) {
    (void)d, (void)at, (void)from;
    *done = len;
    return 0;
}

static __wasi_errno_t refuse(const Descriptor *d, uint64_t at, const uint8_t *from, size_t len,
                             size_t *done) {
    (void)d, (void)at, (void)from;
    *done = 0;
    return len ? __WASI_ERRNO_NOSPC : 0;
}

#define DEVICE                                                                           \
    .file_type = __WASI_FILETYPE_CHARACTER_DEVICE, .stat = stat_device,                  \
    .reopened = reopen_device, .close = close_device

static const DescriptorKind kinds[] = {
    [DEVICE_NULL] = {DEVICE, .read = read_nothing, .write = swallow},
    [DEVICE_ZERO] = {DEVICE, .read = read_zeros, .write = swallow},
    [DEVICE_FULL] = {DEVICE, .read = read_zeros, .write = refuse},
    [DEVICE_RANDOM] = {DEVICE, .read = read_random, .write = swallow},
};

const DescriptorKind *device_kind(Device device) { return &kinds[device]; }
