/* Permissions of what is made: WASI's calls have no mode, so that libc's callers leave it here. */
#include <stdbool.h>

#include "files/descriptor.h"
#include "files/stat.h"

enum { NOTHING_ASKED = 1 << 15 };

static uint16_t umask_now = 022, asked = NOTHING_ASKED;

void creation_ask(uint16_t mode) { asked = mode & 07777; }

uint16_t creation_mode(bool is_directory) {
    uint16_t mode = is_directory ? 0777 : 0666;
    if (asked != NOTHING_ASKED) {
        mode = asked;
        asked = NOTHING_ASKED;
    }
    return mode & (uint16_t)~umask_now;
}

uint16_t creation_set_umask(uint16_t umask) {
    uint16_t before = umask_now;
    umask_now = umask & 0777;
    return before;
}
