/* Threads of Python, which take turns. */
#ifndef HATCHERY_THREADS_H
#define HATCHERY_THREADS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

/* A turn for another thread. 0: one has had it. Otherwise the nanoseconds until one can go on
 * by itself, or -1 when none will. */
int64_t threads_run_one(void);

/* The same for a system call, which CPython makes without its lock. */
int64_t threads_run_one_within_call(void);

/* At the end of a run: turns for the others until all threads that are not daemons have ended,
 * or wait for what no time brings. */
void threads_finish_run(void);

#endif
