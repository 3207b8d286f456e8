/* Numbers of what is open, pipes and locks. */
#include "posix/posix.h"

#include <errno.h>
#include <stdarg.h>

#include "files/descriptor.h"
#include "files/lock.h"
#include "files/pipe.h"
#include "posix/process.h"

int dup(int fd) {
    int32_t copy = -1;
    __wasi_errno_t error = descriptor_dup(fd, 0, &copy);
    return error ? failed_with(error) : copy;
}

int dup2(int fd, int onto) {
    __wasi_errno_t error = descriptor_dup_onto(fd, onto);
    return error ? failed_with(error) : onto;
}

int pipe2(int ends[2], int flags) {
    int32_t numbers[2];
    __wasi_errno_t error = pipe_open((__wasi_fdflags_t)(flags & O_NONBLOCK), numbers);
    if (error) return failed_with(error);
    ends[0] = numbers[0];
    ends[1] = numbers[1];
    return 0;
}

int pipe(int ends[2]) { return pipe2(ends, 0); }

static int dup_from(int fd, int least, bool is_private) {
    int32_t copy;
    __wasi_errno_t error = descriptor_dup(fd, least, &copy);
    if (error) return failed_with(error);
    descriptor_set_private(copy, is_private);
    return copy;
}

static int status_flags(const Descriptor *d) {
    int access = (d->readable ? O_RDONLY : 0) | (d->writable ? O_WRONLY : 0);
    return d->flags | access;
}

/* Other processes could lock a file's bytes: there are none. */
static int lock_bytes(const Descriptor *d, int command, struct flock *lock) {
    if (!is_on_stack(lock, sizeof *lock)) return failed_with(EFAULT);
    if (lock->l_type < F_RDLCK || lock->l_type > F_UNLCK) return failed_with(EINVAL);
    if (command == F_GETLK) {
        lock->l_type = F_UNLCK;
        return 0;
    }
    if ((lock->l_type == F_RDLCK && !d->readable) || (lock->l_type == F_WRLCK && !d->writable))
        return failed_with(EBADF);
    return 0;
}

int fcntl(int fd, int command, ...) {
    Descriptor *d = descriptor(fd);
    if (!d) return failed_with(EBADF);
    va_list arguments;
    va_start(arguments, command);
    uintptr_t argument = va_arg(arguments, uintptr_t);
    va_end(arguments);
    switch (command) {
    case F_DUPFD: return dup_from(fd, (int)argument, false);
    case F_DUPFD_CLOEXEC: return dup_from(fd, (int)argument, true);
    case F_GETFD: return descriptor_is_private(fd) ? FD_CLOEXEC : 0;
    case F_SETFD: descriptor_set_private(fd, argument & FD_CLOEXEC); return 0;
    case F_GETFL: return status_flags(d);
    case F_SETFL: {
        enum { CHANGEABLE = O_APPEND | O_NONBLOCK };
        d->flags = (__wasi_fdflags_t)((d->flags & ~CHANGEABLE) | (argument & CHANGEABLE));
        return 0;
    }
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW: return lock_bytes(d, command, (struct flock *)argument);
    default: return failed_with(EINVAL);
    }
}

int lockf(int fd, int how, off_t len) {
    (void)len;
    const Descriptor *d = descriptor(fd);
    if (!d) return failed_with(EBADF);
    if (how < F_ULOCK || how > F_TEST) return failed_with(EINVAL);
    return how == F_LOCK || how == F_TLOCK ? failed_with(d->writable ? 0 : EBADF) : 0;
}

int flock(int fd, int how) {
    Descriptor *d = descriptor(fd);
    if (!d) return failed_with(EBADF);
    LockKind kind;
    switch (how & ~LOCK_NB) {
    case LOCK_SH: kind = LOCK_SHARED; break;
    case LOCK_EX: kind = LOCK_EXCLUSIVE; break;
    case LOCK_UN: kind = LOCK_NONE; break;
    default: return failed_with(EINVAL);
    }
    if (lock_file(d, kind)) return 0;
    /* Who has it could give it back only while this waits. */
    return failed_with(how & LOCK_NB ? EWOULDBLOCK : EDEADLK);
}

/* Everything is written at once. */
void sync(void) {}

int ioctl(int fd, int request, ...) {
    Descriptor *d = descriptor(fd);
    if (!d) return failed_with(EBADF);
    va_list arguments;
    va_start(arguments, request);
    int *argument = va_arg(arguments, int *);
    va_end(arguments);
    if ((request == FIONREAD || request == FIONBIO) && !is_on_stack(argument, sizeof *argument))
        return failed_with(EFAULT);
    switch (request) {
    case FIONREAD:
        if (!d->kind->ready_bytes) return failed_with(ENOTTY);
        uint64_t bytes = d->kind->ready_bytes(d);
        *argument = bytes > INT32_MAX ? INT32_MAX : (int)bytes;
        return 0;
    case FIONBIO:
        d->flags = (__wasi_fdflags_t)(*argument ? d->flags | O_NONBLOCK : d->flags & ~O_NONBLOCK);
        return 0;
    default: return failed_with(ENOTTY);
    }
}
