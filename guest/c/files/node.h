/* Descriptors of what is in the tree: files, folders, devices. */
#ifndef HATCHERY_FILES_NODE_H
#define HATCHERY_FILES_NODE_H

#include "files/descriptor.h"
#include "files/stat.h"
#include "files/tree.h"

/* What a descriptor of this node can do. */
const DescriptorKind *node_kind(const Node *node);

__wasi_errno_t node_open(Node *node, bool readable, bool writable, __wasi_fdflags_t flags,
                         int32_t *fd);

void node_stat(const Node *node, FileStat *stat);
__wasi_errno_t node_set_times(Node *node, const FileTimes *times);
__wasi_errno_t node_set_mode(Node *node, uint16_t mode);

/* What a program may do with it: the mode's bits for the owner, who the one user is. */
enum { MAY_READ = 4, MAY_WRITE = 2, MAY_SEARCH = 1 };
__wasi_errno_t node_check(const Node *node, int may);

#endif
