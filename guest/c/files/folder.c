#include "files/folder.h"

#include <stdlib.h>
#include <string.h>

#include "files/tree.h"

enum { CHILDREN_WITHOUT_TABLE = 8 };

static uint64_t last_order;

/* FNV-1a. */
static uint32_t hash_of(const char *name, size_t len) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++) hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return hash;
}

static Node **chain_of(const Folder *folder, uint32_t hash) {
    return &folder->table[hash & (folder->table_len - 1)];
}

static void put_into_table(Folder *folder, Node *node) {
    Node **chain = chain_of(folder, node->child.name_hash);
    node->child.next_in_chain = *chain;
    *chain = node;
}

/* Without memory for a larger table the chains of the old one grow longer. */
static void grow_table(Folder *folder) {
    uint32_t len = folder->table ? 2 * folder->table_len : 4 * CHILDREN_WITHOUT_TABLE;
    Node **table = calloc(len, sizeof *table);
    if (!table) return;
    free(folder->table);
    folder->table = table;
    folder->table_len = len;
    for (Node *n = folder->first; n; n = n->child.next) put_into_table(folder, n);
}

static bool is_named(const Node *node, const char *name, size_t len) {
    return node->name_len == len && memcmp(node->name, name, len) == 0;
}

Node *folder_find(const Node *directory, const char *name, size_t name_len) {
    const Folder *folder = &directory->folder;
    if (!folder->table) {
        for (Node *n = folder->first; n; n = n->child.next)
            if (is_named(n, name, name_len)) return n;
        return NULL;
    }
    uint32_t hash = hash_of(name, name_len);
    for (Node *n = *chain_of(folder, hash); n; n = n->child.next_in_chain)
        if (n->child.name_hash == hash && is_named(n, name, name_len)) return n;
    return NULL;
}

void folder_add(Node *directory, Node *node) {
    Folder *folder = &directory->folder;
    node->parent = directory;
    node->child = (Child){.previous = folder->last,
                          .order = ++last_order,
                          .name_hash = hash_of(node->name, node->name_len)};
    if (folder->last) folder->last->child.next = node;
    else folder->first = node;
    folder->last = node;
    folder->count++;
    uint32_t most = folder->table ? folder->table_len : CHILDREN_WITHOUT_TABLE;
    if (folder->table) put_into_table(folder, node);
    if (folder->count > most) grow_table(folder);
}

void folder_remove(Node *directory, Node *node) {
    Folder *folder = &directory->folder;
    Child *child = &node->child;
    if (folder->table) {
        Node **link = chain_of(folder, child->name_hash);
        while (*link != node) link = &(*link)->child.next_in_chain;
        *link = child->next_in_chain;
    }
    if (child->previous) child->previous->child.next = child->next;
    else folder->first = child->next;
    if (child->next) child->next->child.previous = child->previous;
    else folder->last = child->previous;
    folder->count--;
    folder->removals++;
    node->parent = NULL;
    *child = (Child){0};
    if (folder->count == 0) {
        free(folder->table);
        folder->table = NULL;
        folder->table_len = 0;
    }
}

Node *folder_next(const Node *directory, const FolderCursor *cursor, uint64_t after) {
    const Folder *folder = &directory->folder;
    if (cursor->last && cursor->removals == folder->removals && cursor->last->child.order == after)
        return cursor->last->child.next;
    Node *n = folder->first;
    while (n && n->child.order <= after) n = n->child.next;
    return n;
}
