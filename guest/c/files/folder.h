/* The children of a directory in the tree: in the order they came, and by name.
 *
 * A small directory is searched from end to end. A larger one has a table by the hash
 * of the name, so that a directory of any size takes a name in constant time. */
#ifndef HATCHERY_FILES_FOLDER_H
#define HATCHERY_FILES_FOLDER_H

#include <stddef.h>
#include <stdint.h>

typedef struct Node Node;

typedef struct {
    Node *first, *last;
    Node **table; /* heads of the chains; NULL while there are few children */
    uint32_t table_len; /* a power of two */
    uint32_t count;
    uint32_t removals; /* what tells a FolderCursor that its node may be gone */
} Folder;

/* Where a child stands in its directory. */
typedef struct {
    Node *next, *previous;
    Node *next_in_chain;
    uint64_t order; /* rises along a directory's children; never reused */
    uint32_t name_hash;
} Child;

/* Where a listing has come to. */
typedef struct {
    Node *last; /* the last node listed; NULL before the first */
    uint32_t removals;
} FolderCursor;

Node *folder_find(const Node *directory, const char *name, size_t name_len);

/* Puts `node`, which has its name, at the end of the directory's children. */
void folder_add(Node *directory, Node *node);
void folder_remove(Node *directory, Node *node);

/* The first child whose order is above `after`. Where the cursor's node is the one of
 * that order and no child was removed since, it is found without a search. */
Node *folder_next(const Node *directory, const FolderCursor *cursor, uint64_t after);

#endif
