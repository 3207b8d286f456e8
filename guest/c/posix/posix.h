/* What CPython expects of an operating system and WASI's libc does not declare.
 *
 * Included before anything else in all of CPython's sources. The functions are in this folder.
 * Where libc has one of the same name that knows no modes, owners or signals, ours has another
 * name for the linker, so that what libc's other functions call stays what it is. */
#ifndef HATCHERY_POSIX_H
#define HATCHERY_POSIX_H

/* As pyconfig.h has them, which is included later. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

/* What libc emulates is declared on request only. */
#ifndef _WASI_EMULATED_SIGNAL
#define _WASI_EMULATED_SIGNAL 1
#endif
#ifndef _WASI_EMULATED_GETPID
#define _WASI_EMULATED_GETPID 1
#endif
#ifndef _WASI_EMULATED_PROCESS_CLOCKS
#define _WASI_EMULATED_PROCESS_CLOCKS 1
#endif

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define OURS(name) __asm__("hatchery_" #name)

/* In place of libc's. */
int open(const char *path, int flags, ...) OURS(open);
int openat(int folder, const char *path, int flags, ...) OURS(openat);
int stat(const char *restrict path, struct stat *restrict into) OURS(stat);
int lstat(const char *restrict path, struct stat *restrict into) OURS(lstat);
int fstat(int fd, struct stat *into) OURS(fstat);
int fstatat(int folder, const char *restrict path, struct stat *restrict into, int flags)
    OURS(fstatat);
int mkdir(const char *path, mode_t mode) OURS(mkdir);
int mkdirat(int folder, const char *path, mode_t mode) OURS(mkdirat);
int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
    OURS(linkat);
int chdir(const char *path) OURS(chdir);
int access(const char *path, int how) OURS(access);
int faccessat(int folder, const char *path, int how, int flags) OURS(faccessat);
int fcntl(int fd, int command, ...) OURS(fcntl);
int ioctl(int fd, int request, ...) OURS(ioctl);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until,
                    struct timespec *rest) OURS(clock_nanosleep);
clock_t clock(void) OURS(clock);
clock_t times(struct tms *times) OURS(times);
void (*signal(int number, void (*handler)(int)))(int) OURS(signal);
int raise(int number) OURS(raise);
char *setlocale(int category, const char *name) OURS(setlocale);
size_t strftime(char *restrict into, size_t room, const char *restrict format,
                const struct tm *restrict time) OURS(strftime);
size_t wcsftime(wchar_t *restrict into, size_t room, const wchar_t *restrict format,
                const struct tm *restrict time) OURS(wcsftime);

/* Modes and owners. */
mode_t umask(mode_t mask) OURS(umask);
int chmod(const char *path, mode_t mode) OURS(chmod);
int fchmod(int fd, mode_t mode) OURS(fchmod);
int fchmodat(int folder, const char *path, mode_t mode, int flags) OURS(fchmodat);
int chown(const char *path, uid_t user, gid_t group) OURS(chown);
int lchown(const char *path, uid_t user, gid_t group) OURS(lchown);
int fchown(int fd, uid_t user, gid_t group) OURS(fchown);
int fchownat(int folder, const char *path, uid_t user, gid_t group, int flags) OURS(fchownat);

/* Descriptors. */
#define F_DUPFD 0
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_DUPFD_CLOEXEC 1030
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#ifndef LOCK_SH
#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8
#endif
#ifndef F_LOCK
#define F_ULOCK 0
#define F_LOCK 1
#define F_TLOCK 2
#define F_TEST 3
#endif
#define TIOCGWINSZ 0x5413
#define __NEED_struct_winsize
#include <bits/alltypes.h>
int dup(int fd) OURS(dup);
int dup2(int fd, int onto) OURS(dup2);
int pipe(int ends[2]) OURS(pipe);
int pipe2(int ends[2], int flags) OURS(pipe2);
int fchdir(int fd) OURS(fchdir);
int flock(int fd, int how) OURS(flock);
int lockf(int fd, int how, off_t len) OURS(lockf);
void sync(void) OURS(sync);

/* The one user and the one process. */
uid_t getuid(void) OURS(getuid);
uid_t geteuid(void) OURS(geteuid);
gid_t getgid(void) OURS(getgid);
gid_t getegid(void) OURS(getegid);
int getresuid(uid_t *real, uid_t *effective, uid_t *saved) OURS(getresuid);
int getresgid(gid_t *real, gid_t *effective, gid_t *saved) OURS(getresgid);
int getgroups(int room, gid_t *groups) OURS(getgroups);
char *getlogin(void) OURS(getlogin);
pid_t getppid(void) OURS(getppid);
pid_t getpgrp(void) OURS(getpgrp);
pid_t getpgid(pid_t process) OURS(getpgid);
pid_t getsid(pid_t process) OURS(getsid);
int nice(int more) OURS(nice);
int getloadavg(double *loads, int count) OURS(getloadavg);

/* Signals. The special handlers are numbers, as programs see them. */
#undef SIG_IGN
#undef SIG_ERR
#define SIG_IGN ((void (*)(int))1)
#define SIG_ERR ((void (*)(int)) - 1)
#define ITIMER_REAL 0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF 2
struct itimerval {
    struct timeval it_interval, it_value;
};
int kill(pid_t process, int number) OURS(kill);
unsigned alarm(unsigned seconds) OURS(alarm);
int pause(void) OURS(pause);
int setitimer(int timer, const struct itimerval *restrict to,
              struct itimerval *restrict before) OURS(setitimer);
int getitimer(int timer, struct itimerval *into) OURS(getitimer);

#undef OURS
#endif
