/* What is known of a file, whatever it is. WASI's own says neither mode nor owner. */
#ifndef HATCHERY_FILES_STAT_H
#define HATCHERY_FILES_STAT_H

#include <stdbool.h>
#include <stdint.h>
#include <wasi/api.h>

/* The one user of a sandbox, to whom all belongs that is not root's: see posix/user.c. */
enum { USER_ID = 1000, GROUP_ID = 1000, ROOT_ID = 0 };

struct FileStat {
    __wasi_filestat_t wasi;
    uint32_t mode; /* permissions */
    uint32_t owner;
    bool is_pipe; /* which WASI has no type for */
};

/* Which times are set, and to what. */
struct FileTimes {
    bool sets_accessed, sets_modified;
    uint64_t accessed_ns, modified_ns;
};

/* What a file or folder that is made gets: what was asked for by creation_ask, once, or all
 * permissions that make sense, without those that the umask takes away. */
uint16_t creation_mode(bool is_directory);
void creation_ask(uint16_t mode);

/* Sets the umask; what it was. */
uint16_t creation_set_umask(uint16_t umask);

#endif
