/* Descriptors of what is in the tree: files, folders, devices. */
#ifndef HATCHERY_FILES_NODE_H
#define HATCHERY_FILES_NODE_H

#include "files/descriptor.h"
#include "files/tree.h"

/* What a descriptor of this node can do. */
const DescriptorKind *node_kind(const Node *node);

__wasi_errno_t node_open(Node *node, bool readable, bool writable, __wasi_fdflags_t flags,
                         int32_t *fd);

void node_stat(const Node *node, __wasi_filestat_t *stat);
__wasi_errno_t node_set_modified(Node *node, uint64_t modified_ns);

#endif
