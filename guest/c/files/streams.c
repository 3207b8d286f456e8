#include "files/streams.h"

#include <stdlib.h>
#include <string.h>

#include "files/calls.h"
#include "files/stat.h"

static struct {
    uint8_t *bytes;
    size_t len, position;
} input;

void stdin_set(uint8_t *bytes, size_t len) {
    free(input.bytes);
    input.bytes = bytes;
    input.len = len;
    input.position = 0;
}

size_t stdin_read(uint8_t *into, size_t len) {
    size_t rest = input.len - input.position, n = len < rest ? len : rest;
    if (n) memcpy(into, input.bytes + input.position, n);
    input.position += n;
    return n;
}

static __wasi_errno_t stat_stream(const Descriptor *d, FileStat *stat) {
    (void)d;
    memset(stat, 0, sizeof *stat);
    stat->wasi.filetype = __WASI_FILETYPE_CHARACTER_DEVICE;
    stat->wasi.nlink = 1;
    stat->mode = 0620;
    stat->owner = USER_ID;
    return 0;
}

static void reopen_stream(const Descriptor *d) { (void)d; }

static uint64_t rest_of_input(const Descriptor *d) {
    (void)d;
    return input.len - input.position;
}

static __wasi_errno_t read_input(const Descriptor *d, uint64_t at, uint8_t *into, size_t len,
                                 size_t *done) {
    (void)d, (void)at;
    *done = stdin_read(into, len);
    return 0;
}

static __wasi_errno_t write_output(const Descriptor *d, uint64_t at, const uint8_t *from,
                                   size_t len, size_t *done) {
    (void)at;
    output_write((OutputStream)d->stream, from, len);
    *done = len;
    return 0;
}

static const DescriptorKind input_kind = {
    .file_type = __WASI_FILETYPE_CHARACTER_DEVICE,
    .is_stream = true,
    .stat = stat_stream,
    .read = read_input,
    .ready_bytes = rest_of_input,
    .reopened = reopen_stream,
};

static const DescriptorKind output_kind = {
    .file_type = __WASI_FILETYPE_CHARACTER_DEVICE,
    .is_stream = true,
    .stat = stat_stream,
    .write = write_output,
    .reopened = reopen_stream,
};

__wasi_errno_t stream_write(OutputStream stream, const void *bytes, size_t len) {
    int32_t fd = stream == OUTPUT_STDERR ? FD_STDERR : FD_STDOUT;
    if (descriptor_is_standard(fd)) {
        output_write(stream, bytes, len);
        return 0;
    }
    for (size_t done = 0; done < len;) {
        size_t n;
        __wasi_errno_t error =
            write_to_descriptor(fd, (const uint8_t *)bytes + done, len - done, &n);
        if (error) return error;
        done += n;
    }
    return 0;
}

Descriptor standard_stream(int32_t fd) {
    if (fd == FD_STDIN) return (Descriptor){.kind = &input_kind, .readable = true};
    return (Descriptor){.kind = &output_kind,
                        .writable = true,
                        .stream = fd == FD_STDERR ? OUTPUT_STDERR : OUTPUT_STDOUT};
}
