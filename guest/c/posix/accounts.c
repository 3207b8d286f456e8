/* The users of a sandbox: root, whose the standard library is, and the one that programs run as. A group for each. */
#include <stddef.h>
#include <string.h>

#include "files/stat.h"
#include "posix/grp.h"
#include "posix/process.h"
#include "posix/pwd.h"

enum { ACCOUNTS = 2 };

static struct passwd users[ACCOUNTS] = {
    {"root", "x", 0, 0, "root", "/root", "/usr/sbin/nologin"},
    {USER_NAME, "x", USER_ID, GROUP_ID, "", USER_HOME, "/bin/sh"},
};
static char *no_members[] = {NULL};
static struct group groups[ACCOUNTS] = {
    {"root", "x", 0, no_members},
    {USER_NAME, "x", GROUP_ID, no_members},
};
static int next_user, next_group;

struct passwd *getpwnam(const char *name) {
    for (int i = 0; i < ACCOUNTS; i++)
        if (strcmp(users[i].pw_name, name) == 0) return &users[i];
    return NULL;
}

struct passwd *getpwuid(uid_t id) {
    for (int i = 0; i < ACCOUNTS; i++)
        if (users[i].pw_uid == id) return &users[i];
    return NULL;
}

struct passwd *getpwent(void) { return next_user < ACCOUNTS ? &users[next_user++] : NULL; }
void setpwent(void) { next_user = 0; }
void endpwent(void) { next_user = 0; }

struct group *getgrnam(const char *name) {
    for (int i = 0; i < ACCOUNTS; i++)
        if (strcmp(groups[i].gr_name, name) == 0) return &groups[i];
    return NULL;
}

struct group *getgrgid(gid_t id) {
    for (int i = 0; i < ACCOUNTS; i++)
        if (groups[i].gr_gid == id) return &groups[i];
    return NULL;
}

struct group *getgrent(void) { return next_group < ACCOUNTS ? &groups[next_group++] : NULL; }
void setgrent(void) { next_group = 0; }
void endgrent(void) { next_group = 0; }
