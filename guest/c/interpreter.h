/* The one CPython interpreter of the guest, and running code in its __main__. */
#ifndef HATCHERY_INTERPRETER_H
#define HATCHERY_INTERPRETER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* The secret of CPython's string hashes, if it is to start with a known one. */
void interpreter_set_hash_seed(uint32_t seed);

/* Starts CPython on first use. 0, or -1 with the reason in captured stderr. */
int interpreter_ensure(void);

/* How deep Python functions may call each other from now on; 0 takes an earlier limit
 * back, unless the program has set one of its own. */
void interpreter_limit_recursion(int depth);

/* In what follows `source` is valid UTF-8 without NUL, NUL-terminated, and may await at its
 * top level. `name` is what tracebacks and `__file__` call the run; without one (NULL or
 * empty) the first is "<script>" and those that follow are "<cell 2>", "<cell 3>". */

/* A program that is no UTF-8 as a text of its own, by its coding comment. NULL where it has none,
 * and with an exception set where it cannot be decoded. */
char *interpreter_decode(const char *source, size_t len);

/* The bytecode of `source`; NULL after reporting why there is none. */
PyObject *interpreter_compile(const char *source);

/* Runs a program in __main__. Returns the exit code: 0, 1 after an exception (its traceback
 * is in captured stderr), or what SystemExit carried. */
int interpreter_execute(const char *name, const char *source);

/* The same, and leaves what the last expression gave as the value: its repr as a JSON string,
 * or null. */
int interpreter_execute_cell(const char *name, const char *source);

/* As interpreter_execute, of a code object. */
int interpreter_run_bytecode(PyObject *code);

/* Leaves the value of an expression as JSON; the rest as interpreter_execute does. */
int interpreter_evaluate(const char *source);

/* Reports the current exception as interpreter_execute does; returns the exit code. */
int interpreter_report_exception(void);

/* Calls `function` of the guest's support module, python/_hatchery.py. Returns the
 * exit code. A text that it returns is left as the run's value. Steals the reference to
 * `args`; NULL `args` is an exception set. */
int interpreter_call_support(const char *function, PyObject *args);

/* Does what a process does at its end: exit functions, files, finalizers; __main__ is empty
 * then. Returns the exit code. */
int interpreter_finalize(void);

/* Puts __main__ back to what a fresh interpreter has. 0 or -1 with an exception. */
int interpreter_clear_main(void);

#endif
