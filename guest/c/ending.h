/* What a run leaves behind at its end, and what a program does at its own. */
#ifndef HATCHERY_ENDING_H
#define HATCHERY_ENDING_H

/* Files that are still open get what has been written to them. Does nothing where none is
 * open for writing. */
void ending_write_files(void);

/* Before a snapshot is taken: remembers the files that are open. 0 or -1 with an exception. */
int ending_settle_files(void);

/* Calls the finalizers of all that the program has made, as CPython does when a process ends.
 * Objects whose finalizer has been called stay as they are otherwise. */
void ending_finalize_objects(void);

#endif
