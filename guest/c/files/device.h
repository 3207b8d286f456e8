/* Devices: files below /dev that hold nothing.
 *
 *     null              reads as empty, takes what is written
 *     zero              reads as zeros, takes what is written
 *     full              reads as zeros, has no room for what is written
 *     random, urandom   read as the host's random bytes, take what is written
 *
 * and stdin, stdout and stderr, which are opened as the standard streams. fd is a folder with
 * a name for each open descriptor. */
#ifndef HATCHERY_FILES_DEVICE_H
#define HATCHERY_FILES_DEVICE_H

#include "files/descriptor.h"
#include "files/tree.h"

/* Of one that is no standard stream. */
const DescriptorKind *device_kind(Device device);

#endif
