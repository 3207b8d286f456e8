/* The one user of a sandbox, and its one process. */
#include "posix/posix.h"

#include <errno.h>
#include <unistd.h>

#include "files/stat.h"
#include "posix/process.h"

uid_t getuid(void) { return USER_ID; }
uid_t geteuid(void) { return USER_ID; }
gid_t getgid(void) { return GROUP_ID; }
gid_t getegid(void) { return GROUP_ID; }

int getresuid(uid_t *real, uid_t *effective, uid_t *saved) {
    *real = *effective = *saved = USER_ID;
    return 0;
}

int getresgid(gid_t *real, gid_t *effective, gid_t *saved) {
    *real = *effective = *saved = GROUP_ID;
    return 0;
}

int getgroups(int room, gid_t *groups) {
    if (room < 0) {
        errno = EINVAL;
        return -1;
    }
    if (room > 0) groups[0] = GROUP_ID;
    return 1;
}

char *getlogin(void) { return USER_NAME; }

pid_t getppid(void) { return INIT_ID; }
pid_t getpgrp(void) { return PROCESS_ID; }

/* It leads its group and its session. */
static pid_t leader_of(pid_t process) {
    if (process == 0 || process == PROCESS_ID) return PROCESS_ID;
    if (process == INIT_ID) return INIT_ID;
    errno = ESRCH;
    return -1;
}

pid_t getpgid(pid_t process) { return leader_of(process); }
pid_t getsid(pid_t process) { return leader_of(process); }

int nice(int more) {
    static int niceness;
    if (more < 0) {
        errno = EPERM;
        return -1;
    }
    niceness = more > 19 - niceness ? 19 : niceness + more;
    return niceness;
}

/* What the host is busy with is not the guest's to know. */
int getloadavg(double *loads, int count) {
    if (count > 3) count = 3;
    for (int i = 0; i < count; i++) loads[i] = 0;
    return count;
}
