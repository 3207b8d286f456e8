/* scrypt's mixing, for Python. */
#ifndef HATCHERY_SCRYPT_H
#define HATCHERY_SCRYPT_H

/* Makes _hatchery_scrypt importable: before Python is started. Negative if there is no memory. */
int scrypt_register(void);

#endif
