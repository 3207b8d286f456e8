/* The table of open descriptors, and what a kind of descriptor can do.
 *
 *     0 1 2   standard streams, put back before each run
 *     3       the root, libc's only preopen
 *     4 …     what the program opens
 *
 * A number stands for an open file, which has a position and flags; dup() gives one open file
 * several numbers. Each kind (a file of the tree, a folder, a device, a stream, a pipe, what
 * is in a mount) is a struct of functions; files/calls.c turns WASI's calls into calls of these. */
#ifndef HATCHERY_FILES_DESCRIPTOR_H
#define HATCHERY_FILES_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wasi/api.h>

#include "files/folder.h"

/* Defining libc's import symbol in our own object binds libc to it: the call is
 * answered inside the guest and the module imports nothing for it. */
#define WASI(name) __imported_wasi_snapshot_preview1_##name

enum {
    DESCRIPTORS_MAX = 256,
    FD_STDIN = 0,
    FD_STDOUT = 1,
    FD_STDERR = 2,
    FD_ROOT = 3, /* libc looks for preopens from here on */
};

typedef struct Descriptor Descriptor;
typedef struct FileStat FileStat;   /* files/stat.h */
typedef struct FileTimes FileTimes; /* files/stat.h */
typedef struct Listing Listing;
typedef struct Mounted Mounted;
typedef struct Pipe Pipe;
typedef struct Place Place;

/* What a kind of descriptor can do. NULL is what it cannot: the call fails as the comment
 * says. `at` is a position in bytes, which a stream ignores; `*done` may be less than `len`. */
typedef struct {
    __wasi_filetype_t file_type;
    bool is_stream; /* has no position: ESPIPE where one is asked for */

    __wasi_errno_t (*stat)(const Descriptor *d, FileStat *stat); /* never NULL */
    __wasi_errno_t (*read)(const Descriptor *d, uint64_t at, uint8_t *into, size_t len,
                           size_t *done); /* EISDIR of a directory, else EBADF */
    __wasi_errno_t (*write)(const Descriptor *d, uint64_t at, const uint8_t *from, size_t len,
                            size_t *done); /* EBADF */
    __wasi_errno_t (*resize)(const Descriptor *d, uint64_t size); /* EINVAL */
    __wasi_errno_t (*set_times)(const Descriptor *d, const FileTimes *times); /* ignored */
    __wasi_errno_t (*set_mode)(const Descriptor *d, uint16_t mode); /* ignored */
    __wasi_errno_t (*sync)(const Descriptor *d); /* nothing to do */
    __wasi_errno_t (*list)(Descriptor *d, Listing *listing); /* ENOTDIR */
    void (*enter)(const Descriptor *d, Place *place); /* where paths begin; ENOTDIR */
    uint64_t (*ready_bytes)(const Descriptor *d); /* what can be read at once; 0 */
    __wasi_eventrwflags_t (*hang_up)(const Descriptor *d); /* of a pipe; else none */
    bool (*is_ready)(const Descriptor *d, bool to_write); /* always */
    void (*reopened)(const Descriptor *d); /* nothing to do */
    void (*close)(Descriptor *d); /* nothing to do */
} DescriptorKind;

struct Descriptor {
    const DescriptorKind *kind;
    uint32_t uses; /* how many numbers it has; 0: closed */
    bool readable, writable;
    uint8_t lock; /* a LockKind */
    __wasi_fdflags_t flags;
    uint64_t position;
    union {
        Node *node;       /* of a file, a folder or a device of the tree */
        Mounted *mounted; /* of what is in a mount */
        Pipe *pipe;
        uint32_t stream;  /* of standard output and error: an OutputStream */
    };
    FolderCursor cursor; /* of a folder that is being listed */
};

/* NULL when `fd` is not open. */
Descriptor *descriptor(int32_t fd);

/* Gives `opened` the lowest number that is free. */
__wasi_errno_t descriptor_open(Descriptor opened, int32_t *fd);

/* Gives the open file behind `fd` another number: the lowest that is free from `least` on. */
__wasi_errno_t descriptor_dup(int32_t fd, int32_t least, int32_t *copy);

/* And this one, in place of what has it. */
__wasi_errno_t descriptor_dup_onto(int32_t fd, int32_t onto);

/* Opens anew what is open as `fd`, as /dev/fd does it. */
__wasi_errno_t descriptor_reopen(int32_t fd, bool readable, bool writable,
                                 __wasi_fdflags_t flags, int32_t *opened);

void descriptor_close(int32_t fd);

/* Whether a program that were started in this one's place would not have `fd`. */
bool descriptor_is_private(int32_t fd);
void descriptor_set_private(int32_t fd, bool is_private);

/* Whether FD_STDIN, FD_STDOUT or FD_STDERR is what it was when the run began, or closed. */
bool descriptor_is_standard(int32_t fd);

/* Standard streams that an earlier run has closed, or led elsewhere, are as they were. */
void descriptor_renew_streams(void);

/* Whether a file is open for writing. Takes no time where nothing was ever opened. */
bool descriptor_any_writable(void);

/* No more than `count` descriptors beside the standard ones can be open from now on. */
void descriptor_limit(int32_t count);

/* Numbers are below this. */
int32_t descriptor_end(void);

#endif
