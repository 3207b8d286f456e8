/* The groups of a sandbox, as CPython's module of that name asks for them. */
#ifndef HATCHERY_POSIX_GRP_H
#define HATCHERY_POSIX_GRP_H

#include <sys/types.h>

struct group {
    char *gr_name, *gr_passwd;
    gid_t gr_gid;
    char **gr_mem; /* up to NULL */
};

struct group *getgrnam(const char *name);
struct group *getgrgid(gid_t id);

/* One after the other, up to NULL; setgrent() begins anew. */
struct group *getgrent(void);
void setgrent(void);
void endgrent(void);

#endif
