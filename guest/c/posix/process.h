/* Who the program is to itself. */
#ifndef HATCHERY_POSIX_PROCESS_H
#define HATCHERY_POSIX_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USER_NAME "user"
#define USER_HOME "/home/user"

enum {
    INIT_ID = 1,     /* the parent, of which nothing else is known */
    PROCESS_ID = 42, /* what libc's getpid() says */
};

/* What the program has used of its processor. */
uint64_t process_time_ns(void);

/* Gives `error` to errno; -1, or 0 for none. */
int failed_with(int error);

/* The folder behind WASI's descriptor from which libc follows `path`, and what is left of the
 * path from there, which stays until the next call. -1 with errno set. */
int find_base(const char *path, char **relative);
int find_base_at(int folder, const char *path, char **relative);

/* Whether `len` bytes at `pointer` are the caller's own variable. What calls that take anything
 * are given may also be a number that a program has made up. */
bool is_on_stack(const void *pointer, size_t len);

#endif
