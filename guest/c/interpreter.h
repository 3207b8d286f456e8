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

/* `source` is valid UTF-8 without NUL, NUL-terminated. It may await at its top level.
 * NULL with an exception set. */
PyObject *interpreter_compile(const char *source);

/* Runs a code object in __main__. Returns the exit code: 0, 1 after an exception
 * (its traceback is in captured stderr), or what SystemExit carried. `source`, if
 * known, lets the traceback quote lines. */
int interpreter_run(PyObject *code, const char *source);

/* Leaves the value of an expression as JSON; the rest as interpreter_run does. */
int interpreter_evaluate(const char *source);

/* Reports the current exception as interpreter_run does; returns the exit code. */
int interpreter_report_exception(void);

/* Calls `function` of the guest's support module, python/_hatchery.py. Returns the
 * exit code. A text that it returns is left as the run's value. Steals the reference to
 * `args`; NULL `args` is an exception set. */
int interpreter_call_support(const char *function, PyObject *args);

/* Puts __main__ back to what a fresh interpreter has. 0 or -1 with an exception. */
int interpreter_clear_main(void);

#endif
