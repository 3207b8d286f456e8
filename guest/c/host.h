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

#endif
