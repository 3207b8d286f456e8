/* The users of a sandbox, as CPython's module of that name asks for them. */
#ifndef HATCHERY_POSIX_PWD_H
#define HATCHERY_POSIX_PWD_H

#include <sys/types.h>

struct passwd {
    char *pw_name, *pw_passwd;
    uid_t pw_uid;
    gid_t pw_gid;
    char *pw_gecos, *pw_dir, *pw_shell;
};

struct passwd *getpwnam(const char *name);
struct passwd *getpwuid(uid_t id);

/* One after the other, up to NULL; setpwent() begins anew. */
struct passwd *getpwent(void);
void setpwent(void);
void endpwent(void);

#endif
