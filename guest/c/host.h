/* The host's functions, as docs/guest-abi.md specifies them.
 *
 * Names and arguments are UTF-8; arguments and replies are JSON. A reply stays with
 * the host until it is taken, so that it can be of any size. */
#ifndef HATCHERY_HOST_H
#define HATCHERY_HOST_H

#include <stddef.h>
#include <stdint.h>

#define HOST_IMPORT(name) __attribute__((import_module("hatchery"), import_name(name)))

typedef enum { HOST_VALUE = 0, HOST_EXCEPTION = 1 } HostOutcome;

typedef struct {
    uint32_t token;
    uint32_t outcome; /* HostOutcome */
    uint32_t reply_len;
} HostCompletion;

enum { HOST_WAIT_FOR_EVER = -1 };
typedef enum {
    HOST_COMPLETED = 1,
    HOST_TIMED_OUT = 0,
    HOST_NOTHING_STARTED = -1,
} HostWait;

/* Calls a function and waits for its end. `completion->token` is 0. */
HOST_IMPORT("call")
void host_call(const char *name, size_t name_len, const char *args, size_t args_len,
               HostCompletion *completion);

/* Starts a function; what it gives, even that there is no such function, comes out
 * of host_wait under this token. Tokens are not 0. */
HOST_IMPORT("start")
uint32_t host_start(const char *name, size_t name_len, const char *args, size_t args_len);

/* Waits for one of the started functions, HOST_WAIT_FOR_EVER or so many nanoseconds. */
HOST_IMPORT("wait") int32_t host_wait(int64_t timeout_ns, HostCompletion *completion);

/* Ends a started function: nothing comes of it any more. */
HOST_IMPORT("cancel") void host_cancel(uint32_t token);

/* Copies the reply of the last completion, `len` bytes of it, and forgets it. */
HOST_IMPORT("take_reply") void host_take_reply(void *into, size_t len);

/* Levels as in Python's logging: 10 debug, 20 info, 30 warning, 40 error. */
HOST_IMPORT("log") void host_log(int32_t level, const char *text, size_t len);

/* Output of a stream that the host asked to see as it comes. */
HOST_IMPORT("output") void host_output(int32_t stream, const void *bytes, size_t len);

/* Folders of the host's that are mounted: see files/mount.h. Both answer with a WASI
 * errno. Paths have neither `.` nor `..` and are empty for the mounted folder itself. */
typedef enum {
    HOST_PATH_OPEN,   /* argument: HOST_OPEN_…; into: the handle, an i64 */
    HOST_PATH_STAT,   /* argument: HOST_FOLLOW_LINKS or 0; into: a HostMountStat */
    HOST_PATH_LIST,   /* into: the length of the HostMountEntry records to take, a u32 */
    HOST_PATH_READ_LINK, /* into: the length of the target to take, a u32 */
    HOST_PATH_CREATE_DIRECTORY,
    HOST_PATH_UNLINK,
    HOST_PATH_REMOVE_DIRECTORY,
    HOST_PATH_SET_MODIFIED, /* argument: nanoseconds since 1970 */
    HOST_PATH_RENAME,       /* into: a HostMountTarget */
} HostMountPath;

typedef enum {
    HOST_FILE_CLOSE,
    HOST_FILE_READ,  /* at: the offset; done: how much was read, 0 at the end */
    HOST_FILE_WRITE, /* the same */
    HOST_FILE_RESIZE, /* at: the new length */
    HOST_FILE_STAT,   /* bytes: a HostMountStat */
    HOST_FILE_SYNC,
    HOST_FILE_SET_MODIFIED, /* at: nanoseconds since 1970 */
    HOST_FILE_TAKE, /* of no handle: what HOST_PATH_LIST or HOST_PATH_READ_LINK left */
} HostMountFile;

enum { HOST_FOLLOW_LINKS = 1 };
enum {
    HOST_OPEN_READ = 1,
    HOST_OPEN_WRITE = 2,
    HOST_OPEN_CREATE = 4,
    HOST_OPEN_EXCLUSIVE = 8,
    HOST_OPEN_TRUNCATE = 16,
};

typedef struct {
    uint64_t inode, size, modified_ns;
    uint32_t file_type; /* __wasi_filetype_t */
    uint32_t links;
} HostMountStat;

typedef struct {
    uint64_t inode;
    uint32_t name_len;
    uint32_t file_type;
} HostMountEntry; /* and then the name */

typedef struct {
    int32_t mount;
    const char *path;
    uint32_t len;
} HostMountTarget;

HOST_IMPORT("mount_path")
int32_t host_mount_path(int32_t operation, int32_t mount, const char *path, size_t len,
                        int64_t argument, void *into);

HOST_IMPORT("mount_file")
int32_t host_mount_file(int32_t operation, int64_t handle, int64_t at, void *bytes, size_t len,
                        uint32_t *done);

#endif
