/* The host's functions, as docs/guest-abi.md specifies them.
 *
 * Names and arguments are UTF-8; arguments and replies are JSON. A reply stays with
 * the host until it is taken, so that it can be of any size. */
#ifndef HATCHERY_HOST_H
#define HATCHERY_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "abi_constants.h"

#define HOST_IMPORT(name) \
    __attribute__((import_module(ABI_IMPORT_MODULE), import_name(ABI_IMPORT_##name)))

typedef struct {
    uint32_t token;
    uint32_t outcome; /* ABI_OUTCOME_… */
    uint32_t reply_len;
} HostCompletion;

_Static_assert(offsetof(HostCompletion, outcome) == ABI_COMPLETION_OUTCOME &&
                   offsetof(HostCompletion, reply_len) == ABI_COMPLETION_REPLY_LEN &&
                   sizeof(HostCompletion) == ABI_COMPLETION_BYTES,
               "hatchery-abi");

enum { HOST_WAIT_FOR_EVER = -1 };

/* Calls a function and waits for its end. `completion->token` is 0. */
HOST_IMPORT(call)
void host_call(const char *name, size_t name_len, const char *args, size_t args_len,
               HostCompletion *completion);

/* Starts a function; what it gives, even that there is no such function, comes out
 * of host_wait under this token. Tokens are not 0. */
HOST_IMPORT(start)
uint32_t host_start(const char *name, size_t name_len, const char *args, size_t args_len);

/* Waits for one of the started functions, HOST_WAIT_FOR_EVER or so many nanoseconds; ABI_WAIT_…. */
HOST_IMPORT(wait) int32_t host_wait(int64_t timeout_ns, HostCompletion *completion);

/* Ends a started function: nothing comes of it any more. */
HOST_IMPORT(cancel) void host_cancel(uint32_t token);

/* Copies the reply of the last completion, `len` bytes of it, and forgets it. */
HOST_IMPORT(take_reply) void host_take_reply(void *into, size_t len);

/* Levels as in Python's logging: 10 debug, 20 info, 30 warning, 40 error. */
HOST_IMPORT(log) void host_log(int32_t level, const char *text, size_t len);

/* Output of a stream that the host asked to see as it comes. */
HOST_IMPORT(output) void host_output(int32_t stream, const void *bytes, size_t len);

/* Folders of the host's that are mounted: see files/place.h. Both answer with a WASI
 * errno. Paths have neither `.` nor `..` and are empty for the mounted folder itself. */
enum { HOST_NO_HANDLE = -1 };
enum { HOST_FOLLOW_LINKS = 1 }; /* the argument of ABI_PATH_STAT */

typedef struct {
    uint64_t inode, size, modified_ns;
    uint32_t file_type; /* __wasi_filetype_t */
    uint32_t links;
} HostMountStat;

_Static_assert(offsetof(HostMountStat, size) == ABI_STAT_SIZE &&
                   offsetof(HostMountStat, modified_ns) == ABI_STAT_MODIFIED_NS &&
                   offsetof(HostMountStat, file_type) == ABI_STAT_FILE_TYPE &&
                   offsetof(HostMountStat, links) == ABI_STAT_LINKS &&
                   sizeof(HostMountStat) == ABI_STAT_BYTES,
               "hatchery-abi");

typedef struct {
    uint64_t inode;
    uint32_t name_len;
    uint32_t file_type;
} HostMountEntry; /* and then the name */

_Static_assert(offsetof(HostMountEntry, name_len) == ABI_LISTING_NAME_LEN &&
                   offsetof(HostMountEntry, file_type) == ABI_LISTING_FILE_TYPE &&
                   sizeof(HostMountEntry) == ABI_LISTING_BYTES,
               "hatchery-abi");

typedef struct {
    int32_t mount;
    const char *path;
    uint32_t len;
} HostMountTarget;

_Static_assert(offsetof(HostMountTarget, path) == ABI_TARGET_PATH &&
                   offsetof(HostMountTarget, len) == ABI_TARGET_LEN &&
                   sizeof(HostMountTarget) == ABI_TARGET_BYTES,
               "hatchery-abi");

/* ABI_PATH_… and ABI_FILE_… are the operations. */

HOST_IMPORT(mount_path)
int32_t host_mount_path(int32_t operation, int32_t mount, const char *path, size_t len,
                        int64_t argument, void *into);

HOST_IMPORT(mount_file)
int32_t host_mount_file(int32_t operation, int64_t handle, int64_t at, void *bytes, size_t len,
                        uint32_t *done);

#endif
