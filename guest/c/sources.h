/* The source of what has been run: for tracebacks, `inspect`, warnings and whoever else asks
 * linecache for a line. The run in progress has its text at hand, and nothing is made of it
 * unless somebody asks. A run's text is kept for as long as something that it defined is there. */
#ifndef HATCHERY_SOURCES_H
#define HATCHERY_SOURCES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

/* The name of a sandbox's first run, if it has no other. */
#define SOURCES_SCRIPT "<script>"

/* How a run is called in tracebacks when its host has no name for it. */
typedef enum { RUN_SCRIPT, RUN_CELL, RUN_EXPRESSION } RunKind;

int sources_start(void);

/* A run begins. `name` may be NULL or empty; `text` has to live until sources_end.
 * Returns the run's name, a new reference; NULL with an exception set. */
PyObject *sources_begin(RunKind kind, const char *name, const char *text);

/* A run of bytecode, whose text is not here. */
void sources_begin_without_text(PyObject *name);

/* It has ended. `code` is what was compiled of it, or NULL. */
void sources_end(PyObject *code);

/* The next run without a name is the first again. */
void sources_count_anew(void);

/* The name of the run in progress, borrowed; NULL when what runs has no source of its own. */
PyObject *sources_current(void);

bool sources_has(PyObject *name);

/* The names of all runs whose text is here, the newest last. A new list. */
PyObject *sources_names(void);

/* A run's text as a new string. None for a name that is no run's; NULL with an exception set. */
PyObject *sources_text(PyObject *name);

#endif
