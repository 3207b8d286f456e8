#include "files/pipe.h"

#include <stdlib.h>
#include <string.h>

#include "files/stat.h"
#include "files/tree.h"
#include "posix/timers.h"
#include "threads.h"

struct Pipe {
    uint32_t readers, writers;
    uint64_t number, made_ns;
    size_t start, len, capacity; /* `len` bytes from `start` on, round the end */
    uint8_t *bytes;
};

static uint64_t last_number;

static __wasi_errno_t stat_pipe(const Descriptor *d, FileStat *stat) {
    memset(stat, 0, sizeof *stat);
    uint64_t made_ns = d->pipe->made_ns;
    stat->wasi = (__wasi_filestat_t){.ino = d->pipe->number, .nlink = 1, .atim = made_ns,
                                     .mtim = made_ns, .ctim = made_ns};
    stat->mode = 0600;
    stat->owner = USER_ID;
    stat->is_pipe = true;
    return 0;
}

static void count(const Descriptor *d, uint32_t by) {
    if (d->readable) d->pipe->readers += by;
    else d->pipe->writers += by;
}

static void free_if_unused(Pipe *pipe) {
    if (pipe->readers || pipe->writers) return;
    free(pipe->bytes);
    free(pipe);
}

/* Has another thread go on, or waits for one or for a timer of the program's. 0: look again.
 * Where there is neither, waiting would be for ever. */
static __wasi_errno_t wait_for_other_end(const Descriptor *d) {
    if (d->flags & __WASI_FDFLAGS_NONBLOCK) return __WASI_ERRNO_AGAIN;
    /* Another thread may close this end meanwhile. */
    const Descriptor held = *d;
    count(&held, 1);
    int64_t ns = threads_run_one_within_call();
    __wasi_errno_t error = 0;
    if (ns < 0 && timers_rest_ns() == UINT64_MAX)
        error = __WASI_ERRNO_DEADLK;
    else if (ns != 0 && timers_sleep(ns < 0 ? UINT64_MAX : (uint64_t)ns))
        error = __WASI_ERRNO_INTR;
    if (!d->uses || d->pipe != held.pipe) error = __WASI_ERRNO_BADF;
    count(&held, (uint32_t)-1);
    if (error == __WASI_ERRNO_BADF) free_if_unused(held.pipe);
    return error;
}

static __wasi_errno_t read_pipe(const Descriptor *d, uint64_t at, uint8_t *into, size_t len,
                                size_t *done) {
    (void)at;
    Pipe *pipe = d->pipe;
    *done = 0;
    if (len == 0) return 0;
    while (pipe->len == 0) {
        if (!pipe->writers) return 0;
        __wasi_errno_t error = wait_for_other_end(d);
        if (error) return error;
    }
    while (*done < len && pipe->len) {
        size_t n = pipe->capacity - pipe->start;
        if (n > pipe->len) n = pipe->len;
        if (n > len - *done) n = len - *done;
        memcpy(into + *done, pipe->bytes + pipe->start, n);
        pipe->start = (pipe->start + n) % pipe->capacity;
        pipe->len -= n;
        *done += n;
    }
    return 0;
}

/* Room for `len` bytes, or for as many as there can be. */
static void reserve(Pipe *pipe, size_t len) {
    size_t capacity = pipe->capacity ? pipe->capacity : PIPE_ATOMIC_BYTES;
    while (capacity < len && capacity < PIPE_BYTES_MAX) capacity *= 2;
    if (capacity == pipe->capacity) return;
    uint8_t *bytes = malloc(capacity);
    if (!bytes) return;
    size_t first = pipe->capacity - pipe->start;
    if (first > pipe->len) first = pipe->len;
    if (pipe->len) memcpy(bytes, pipe->bytes + pipe->start, first);
    if (pipe->len > first) memcpy(bytes + first, pipe->bytes, pipe->len - first);
    free(pipe->bytes);
    pipe->bytes = bytes;
    pipe->start = 0;
    pipe->capacity = capacity;
}

static void put(Pipe *pipe, const uint8_t *from, size_t len) {
    for (size_t done = 0; done < len;) {
        size_t end = (pipe->start + pipe->len) % pipe->capacity;
        size_t n = pipe->capacity - end;
        if (n > len - done) n = len - done;
        memcpy(pipe->bytes + end, from + done, n);
        pipe->len += n;
        done += n;
    }
}

/* All of it, as on Linux, unless a signal or the want of readers comes between. */
static __wasi_errno_t write_pipe(const Descriptor *d, uint64_t at, const uint8_t *from,
                                 size_t len, size_t *done) {
    (void)at;
    Pipe *pipe = d->pipe;
    *done = 0;
    while (*done < len) {
        if (!pipe->readers) return *done ? 0 : __WASI_ERRNO_PIPE;
        size_t left = len - *done;
        reserve(pipe, pipe->len + left);
        size_t room = pipe->capacity - pipe->len;
        if (room == 0 || (len <= PIPE_ATOMIC_BYTES && room < left)) {
            __wasi_errno_t error = wait_for_other_end(d);
            if (error) return *done ? 0 : error;
            continue;
        }
        size_t n = left < room ? left : room;
        put(pipe, from + *done, n);
        *done += n;
    }
    return !len && !pipe->readers ? __WASI_ERRNO_PIPE : 0;
}

static uint64_t bytes_in_pipe(const Descriptor *d) { return d->pipe->len; }

static bool is_ready(const Descriptor *d, bool to_write) {
    const Pipe *pipe = d->pipe;
    if (to_write) return !pipe->readers || PIPE_BYTES_MAX - pipe->len >= PIPE_ATOMIC_BYTES;
    return pipe->len || !pipe->writers;
}

static __wasi_eventrwflags_t hang_up(const Descriptor *d) {
    const Pipe *pipe = d->pipe;
    bool is_over = d->readable ? !pipe->writers : !pipe->readers;
    return is_over ? __WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP : 0;
}

static void close_end(Descriptor *d) {
    Pipe *pipe = d->pipe;
    count(d, (uint32_t)-1);
    free_if_unused(pipe);
}

#define END                                                                                   \
    .file_type = __WASI_FILETYPE_SOCKET_STREAM, .is_stream = true, .stat = stat_pipe,         \
    .is_ready = is_ready, .hang_up = hang_up, .ready_bytes = bytes_in_pipe,                   \
    .close = close_end

static const DescriptorKind reading_kind = {END, .read = read_pipe};
static const DescriptorKind writing_kind = {END, .write = write_pipe};

__wasi_errno_t pipe_open(__wasi_fdflags_t flags, int32_t ends[2]) {
    Pipe *pipe = calloc(1, sizeof *pipe);
    if (!pipe) return __WASI_ERRNO_NOMEM;
    pipe->number = ++last_number;
    pipe->made_ns = tree_now_ns();
    Descriptor reader = {.kind = &reading_kind, .readable = true, .flags = flags, .pipe = pipe};
    Descriptor writer = {.kind = &writing_kind, .writable = true, .flags = flags, .pipe = pipe};
    __wasi_errno_t error = descriptor_open(reader, &ends[0]);
    if (error) {
        free(pipe);
        return error;
    }
    pipe->readers = 1;
    error = descriptor_open(writer, &ends[1]);
    if (error) {
        descriptor_close(ends[0]);
        return error;
    }
    pipe->writers = 1;
    return 0;
}
