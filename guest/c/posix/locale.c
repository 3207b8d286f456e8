/* Locales: the one that there is has the names C, POSIX and C.UTF-8. libc's own takes any name. */
#include "posix/posix.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* As glibc gives them back. */
static const char *const names[] = {"C", "C.UTF-8"};
static unsigned char chosen[LC_ALL] = {[LC_CTYPE] = 1}; /* by category, an index of `names` */

/* -1: there is no such locale. "" is the environment's choice, which is UTF-8 here. */
static int index_of(const char *name, size_t len) {
    if ((len == 1 && *name == 'C') || (len == 5 && memcmp(name, "POSIX", 5) == 0)) return 0;
    bool is_utf8 = (len == 7 && strncasecmp(name, "C.UTF-8", len) == 0) ||
                   (len == 6 && strncasecmp(name, "C.UTF8", len) == 0);
    return len == 0 || is_utf8 ? 1 : -1;
}

static const char *const categories[] = {
    [LC_CTYPE] = "LC_CTYPE",     [LC_NUMERIC] = "LC_NUMERIC",   [LC_TIME] = "LC_TIME",
    [LC_COLLATE] = "LC_COLLATE", [LC_MONETARY] = "LC_MONETARY", [LC_MESSAGES] = "LC_MESSAGES",
};

/* Of all categories together: one name, or a list of them, as glibc writes it. */
static char *name_of_all(void) {
    static char list[256];
    bool is_one = true;
    for (int i = 1; i < LC_ALL; i++) is_one &= chosen[i] == chosen[0];
    if (is_one) return (char *)names[chosen[0]];
    *list = 0;
    for (int i = 0; i < LC_ALL; i++) {
        if (i) strcat(list, ";");
        strcat(strcat(strcat(list, categories[i]), "="), names[chosen[i]]);
    }
    return list;
}

/* A list as name_of_all writes it. Changes nothing unless all of it is sound. */
static bool choose_by_list(const char *list) {
    unsigned char wanted[LC_ALL];
    memcpy(wanted, chosen, sizeof chosen);
    while (*list) {
        size_t len = strcspn(list, ";");
        const char *equals = memchr(list, '=', len);
        if (!equals) return false;
        int category = -1, index = index_of(equals + 1, (size_t)(list + len - equals - 1));
        for (int i = 0; i < LC_ALL; i++)
            if (strlen(categories[i]) == (size_t)(equals - list) &&
                memcmp(categories[i], list, (size_t)(equals - list)) == 0)
                category = i;
        if (category < 0 || index < 0) return false;
        wanted[category] = (unsigned char)index;
        list += len + (list[len] == ';');
    }
    memcpy(chosen, wanted, sizeof chosen);
    return true;
}

char *setlocale(int category, const char *name) {
    if (category < 0 || category > LC_ALL) return NULL;
    if (name && category == LC_ALL && strchr(name, '=')) {
        if (!choose_by_list(name)) return NULL;
    } else if (name) {
        int index = index_of(name, strlen(name));
        if (index < 0) return NULL;
        for (int i = 0; i < LC_ALL; i++)
            if (i == category || category == LC_ALL) chosen[i] = (unsigned char)index;
    }
    return category == LC_ALL ? name_of_all() : (char *)names[chosen[category]];
}
