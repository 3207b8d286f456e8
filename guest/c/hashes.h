/* Hashes that CPython leaves to OpenSSL. */
#ifndef HATCHERY_HASHES_H
#define HATCHERY_HASHES_H

/* Makes _hatchery_hashes importable: before Python is started. Negative if there is no memory. */
int hashes_register(void);

#endif
