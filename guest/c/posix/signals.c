/* Signals that a program sends to itself: there is nobody else to send one. */
#include "posix/posix.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "posix/process.h"

typedef void (*Handler)(int);

enum { SIGNALS = 65, EXIT_BY_SIGNAL = 128 };

static Handler handlers[SIGNALS]; /* NULL: SIG_DFL */

static bool is_ignored_by_default(int number) {
    return number == SIGCHLD || number == SIGURG || number == SIGWINCH || number == SIGCONT;
}

Handler signal(int number, Handler handler) {
    if (number < 1 || number >= SIGNALS || number == SIGKILL || number == SIGSTOP) {
        errno = EINVAL;
        return SIG_ERR;
    }
    Handler before = handlers[number];
    handlers[number] = handler;
    return before;
}

/* What stops a process stops this one for good, as nobody could have it go on. */
int raise(int number) {
    if (number < 1 || number >= SIGNALS) return failed_with(EINVAL);
    Handler handler = handlers[number];
    if (handler == SIG_IGN || (!handler && is_ignored_by_default(number))) return 0;
    if (!handler) _exit(EXIT_BY_SIGNAL + number);
    handler(number);
    return 0;
}

int kill(pid_t process, int number) {
    if (number < 0 || number >= SIGNALS) return failed_with(EINVAL);
    if (process == INIT_ID) return failed_with(EPERM);
    /* Its own group, and whoever it may send one to. */
    bool is_own = process == PROCESS_ID || process == 0 || process == -1 || process == -PROCESS_ID;
    if (!is_own) return failed_with(ESRCH);
    return number ? raise(number) : 0;
}
