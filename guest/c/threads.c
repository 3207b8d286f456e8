/* Threads of Python that take turns on the one thread that the guest has.
 *
 * A thread runs until it waits: for a lock, a queue, another thread, a time. Where only Python
 * code lies between its begin and the function that waits, its frames are put aside (see
 * pycore_coop.h, which a patch adds to CPython); they live in linear memory, so a thread sleeps,
 * wakes and forks with its sandbox. Where C code lies between (a callback of sorted(), say), the
 * thread stays on the C stack and runs others on top of it. The main thread always does. A
 * thread that does not wait gives way after SWITCH_NS, as with CPython's own lock. */
#define Py_BUILD_CORE 1
#include "threads.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-parameter" /* CPython's own */
#include "internal/pycore_ceval.h"
#include "internal/pycore_code.h"
#include "internal/pycore_coop.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_interpframe.h"
#include "internal/pycore_opcode_metadata.h"
#include "internal/pycore_pystate.h"
#include "internal/pycore_tstate.h"
#include "opcode.h"
#pragma clang diagnostic pop

enum {
    THREADS_MAX = 4096,
    /* How many threads wait on top of each other; each takes some of the C stack. */
    STACKED_MAX = 64,
    STACKED_BY_TIME_MAX = 8,
    LOOKS_PER_CLOCK = 64,
};
static const PyTime_t SWITCH_NS = 5000000;
static const PyTime_t LONG_TURN_NS = 500000000;

typedef struct Thread {
    struct Thread *next;
    PyThreadState *tstate;
    enum { NEW, ASIDE, ON_STACK } place;
    bool is_waited_for; /* a run does not end before it */
    /* Only Python code that this file has called may put the thread aside. */
    bool is_in_python;
    bool has_left;
    PyObject *function, *args, *kwargs;
    _PyCoop_ended ended;
    void *ended_arg;
    /* While it is put aside. */
    _PyInterpreterFrame *top, *bottom;
    int skip; /* code units from the instruction that it stopped in to the next to run */
    const _PyCoop_Wait *wait; /* NULL: for its turn */
    PyObject *wait_self, *wait_args;
    PyTime_t deadline;
} Thread;

static Thread *threads; /* in the order in which they take turns */
static int alive;
static Thread *running; /* NULL: the main thread */
static PyThreadState *main_state;
static int stacked;
static PyTime_t turn_began;
static bool is_turn_over;
static const _PyInterpreterFrame *frame_to_leave; /* where the function that waits was called */
int _PyCoop_is_leaving;
int _PyCoop_skip;
int _PyCoop_is_in_thread;

static PyTime_t now_ns(void) {
    PyTime_t now = 0;
    (void)PyTime_MonotonicRaw(&now);
    return now;
}

static void begin_turn(void) {
    turn_began = now_ns();
    is_turn_over = false;
}

static PyTime_t deadline_of(PyTime_t timeout_ns) {
    if (timeout_ns < 0) return 0;
    PyTime_t now = now_ns();
    return timeout_ns > PyTime_MAX - now ? PyTime_MAX : now + timeout_ns;
}

int _PyCoop_HasOthers(void) { return alive > (running ? 1 : 0) || running; }

int _PyCoop_Start(PyThreadState *tstate, PyObject *function, PyObject *args, PyObject *kwargs,
                  _PyCoop_ended ended, void *arg) {
    if (!running) main_state = PyThreadState_Get();
    if (alive == THREADS_MAX) {
        PyErr_Format(PyExc_RuntimeError, "can't start new thread: %d are alive", alive);
        return -1;
    }
    Thread *thread = calloc(1, sizeof *thread);
    PyObject *no_kwargs = kwargs ? NULL : PyDict_New();
    if (!thread || (!kwargs && !no_kwargs)) {
        free(thread);
        Py_XDECREF(no_kwargs);
        PyErr_NoMemory();
        return -1;
    }
    thread->tstate = tstate;
    thread->function = Py_NewRef(function);
    thread->args = Py_NewRef(args);
    thread->kwargs = kwargs ? Py_NewRef(kwargs) : no_kwargs;
    thread->ended = ended;
    thread->ended_arg = arg;
    /* All threads share the C stack. */
    _PyThreadStateImpl *own = (_PyThreadStateImpl *)tstate;
    const _PyThreadStateImpl *current = (_PyThreadStateImpl *)PyThreadState_Get();
    own->c_stack_top = current->c_stack_top;
    own->c_stack_soft_limit = current->c_stack_soft_limit;
    own->c_stack_hard_limit = current->c_stack_hard_limit;
    own->c_stack_init_base = current->c_stack_init_base;
    own->c_stack_init_top = current->c_stack_init_top;
    _PyThreadState_Bind(tstate);
    tstate->thread_id = (unsigned long)(uintptr_t)tstate;
    Thread **last = &threads;
    while (*last) last = &(*last)->next;
    *last = thread;
    alive++;
    _Py_set_eval_breaker_bit(PyThreadState_Get(), _PY_EVAL_COOP_BIT);
    return 0;
}

void _PyCoop_WaitAtEnd(PyThreadState *tstate) {
    for (Thread *thread = threads; thread; thread = thread->next)
        if (thread->tstate == tstate) thread->is_waited_for = true;
}

static bool is_ready(const Thread *thread, PyTime_t now) {
    if (thread->place == ON_STACK) return false;
    if (thread->place == NEW || !thread->wait) return true;
    if (thread->wait->is_over && thread->wait->is_over(thread->wait_self)) return true;
    return thread->deadline && thread->deadline <= now;
}

static Thread *first_ready(PyTime_t now) {
    for (Thread *thread = threads; thread; thread = thread->next)
        if (is_ready(thread, now)) return thread;
    return NULL;
}

static void unlink_thread(Thread *thread) {
    Thread **at = &threads;
    while (*at != thread) at = &(*at)->next;
    *at = thread->next;
    thread->next = NULL;
}

/* Whoever has had a turn is the last to get another. */
static void move_to_end(Thread *thread) {
    unlink_thread(thread);
    Thread **last = &threads;
    while (*last) last = &(*last)->next;
    *last = thread;
}

static PyObject *begin(Thread *thread) {
    PyObject *module = PyImport_ImportModule("_hatchery_threads");
    PyObject *call = module ? PyObject_GetAttrString(module, "call") : NULL;
    Py_XDECREF(module);
    if (!call) return NULL;
    PyObject *args[] = {thread->function, thread->args, thread->kwargs};
    thread->is_in_python = true;
    PyObject *result =
        _PyEval_Vector(thread->tstate, (PyFunctionObject *)call, NULL, args, 3, NULL);
    thread->is_in_python = false;
    Py_DECREF(call);
    Py_CLEAR(thread->function);
    Py_CLEAR(thread->args);
    Py_CLEAR(thread->kwargs);
    return result;
}

/* Puts what the function has come to that the thread has waited in where its result belongs. */
static void give_result(Thread *thread) {
    const _PyCoop_Wait *wait = thread->wait;
    if (!wait) return;
    bool is_late = !(wait->is_over && wait->is_over(thread->wait_self));
    PyObject *result = wait->result(thread->wait_self, thread->wait_args, is_late);
    thread->wait = NULL;
    Py_CLEAR(thread->wait_self);
    Py_CLEAR(thread->wait_args);
    if (result)
        thread->top->stackpointer[-1] = PyStackRef_FromPyObjectSteal(result);
    else
        thread->top->stackpointer--;
}

static PyObject *go_on(Thread *thread) {
    give_result(thread);
    _PyCoop_skip = thread->skip;
    thread->is_in_python = true;
    PyObject *result = _PyEval_EvalFrameDefault(thread->tstate, thread->top, _PyCoop_GO_ON);
    thread->is_in_python = false;
    return result;
}

static void end(Thread *thread, PyObject *result) {
    thread->ended(thread->ended_arg, result);
    PyThreadState_Clear(thread->tstate);
    unlink_thread(thread);
    alive--;
}

/* A turn for a thread that is ready. */
static void run_thread(Thread *thread) {
    Thread *const below = running;
    PyThreadState *const tstate_below = PyThreadState_Get();
    bool is_new = thread->place == NEW;
    move_to_end(thread);
    PyThreadState_Swap(thread->tstate);
    running = thread;
    _PyCoop_is_in_thread = 1;
    stacked++;
    thread->place = ON_STACK;
    thread->has_left = false;
    begin_turn();
    _Py_set_eval_breaker_bit(thread->tstate, _PY_EVAL_COOP_BIT);
    PyObject *result = is_new ? begin(thread) : go_on(thread);
    bool has_ended = !thread->has_left;
    if (has_ended)
        end(thread, result);
    else
        thread->place = ASIDE;
    stacked--;
    running = below;
    _PyCoop_is_in_thread = below != NULL;
    PyThreadState_Swap(tstate_below);
    begin_turn();
    if (has_ended) {
        PyThreadState_Delete(thread->tstate);
        free(thread);
    }
    if (alive) _Py_set_eval_breaker_bit(tstate_below, _PY_EVAL_COOP_BIT);
}

static void sleep_until(PyTime_t deadline) {
    PyTime_t left = deadline - now_ns();
    if (left <= 0) return;
    struct timespec time = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

/* When the first of those that are put aside goes on without another's doing; 0 is never. */
static PyTime_t soonest(bool of_those_waited_for) {
    PyTime_t soonest = 0;
    for (const Thread *thread = threads; thread; thread = thread->next) {
        if (of_those_waited_for && !thread->is_waited_for) continue;
        if (thread->place != ASIDE || !thread->wait || !thread->deadline) continue;
        if (!soonest || thread->deadline < soonest) soonest = thread->deadline;
    }
    return soonest;
}

int _PyCoop_RunAnother(PyTime_t deadline) {
    Thread *thread = stacked < STACKED_MAX ? first_ready(now_ns()) : NULL;
    if (thread) {
        run_thread(thread);
    } else {
        PyTime_t until = stacked < STACKED_MAX ? soonest(false) : 0;
        if (!until || (deadline && deadline < until)) until = deadline;
        if (!until) return -1;
        sleep_until(until);
    }
    return deadline && deadline <= now_ns() ? 0 : 1;
}

PyObject *_PyCoop_WaitFor(PyObject *self, PyObject *args, const _PyCoop_Wait *wait,
                          PyTime_t timeout_ns, const char *else_error) {
    PyTime_t deadline = deadline_of(timeout_ns);
    for (;;) {
        if (wait->is_over && wait->is_over(self)) return wait->result(self, args, 0);
        int result = _PyCoop_RunAnother(deadline);
        if (result == 0) return wait->result(self, args, 1);
        /* A handler of the program's may end the wait. */
        if (!running && PyErr_CheckSignals() < 0) return NULL;
        if (result < 0) {
            PyErr_Format(PyExc_RuntimeError, "cannot wait without a timeout: %s%s", else_error,
                         !alive    ? ", as there is no other thread"
                         : running ? ", as all other threads wait or have called this one"
                                   : ", as all other threads wait themselves");
            return NULL;
        }
    }
}

/* Whether the frames of the current thread are Python code that has called Python code. */
static bool is_all_python(const Thread *thread) {
    if (!thread || !thread->is_in_python || PyThreadState_Get() != thread->tstate) return false;
    const _PyInterpreterFrame *frame = thread->tstate->current_frame;
    while (frame && frame->owner != FRAME_OWNED_BY_INTERPRETER) frame = frame->previous;
    return frame && !frame->previous;
}

/* Whether the innermost frame is in an instruction that calls just this function. */
static bool is_calling(const _PyInterpreterFrame *frame, void *function, PyObject *self) {
    int operands;
    switch (_PyOpcode_Deopt[frame->instr_ptr->op.code]) {
    case CALL: operands = 2 + frame->instr_ptr->op.arg; break;
    case CALL_KW: operands = 3 + frame->instr_ptr->op.arg; break;
    case CALL_FUNCTION_EX: operands = 4; break;
    default: return false;
    }
    const _PyStackRef *called = frame->stackpointer - operands;
    if (called < _PyFrame_Stackbase((_PyInterpreterFrame *)frame)) return false;
    if (PyStackRef_IsNull(called[0])) return false;
    PyObject *callable = PyStackRef_AsPyObjectBorrow(called[0]);
    if (PyCFunction_Check(callable))
        return (void *)PyCFunction_GET_FUNCTION(callable) == function &&
               PyCFunction_GET_SELF(callable) == self;
    return Py_IS_TYPE(callable, &PyMethodDescr_Type) &&
           (void *)((PyMethodDescrObject *)callable)->d_method->ml_meth == function &&
           !PyStackRef_IsNull(called[1]) && PyStackRef_AsPyObjectBorrow(called[1]) == self;
}

int _PyCoop_PutAside(void *function, PyObject *self, PyObject *args, const _PyCoop_Wait *wait,
                     PyTime_t timeout_ns) {
    Thread *thread = running;
    if (frame_to_leave || !is_all_python(thread)) return 0;
    if (!is_calling(thread->tstate->current_frame, function, self)) return 0;
    thread->wait = wait;
    thread->wait_self = Py_NewRef(self);
    thread->wait_args = Py_XNewRef(args);
    thread->deadline = deadline_of(timeout_ns);
    frame_to_leave = thread->tstate->current_frame;
    _Py_set_eval_breaker_bit(thread->tstate, _PY_EVAL_COOP_BIT);
    return 1;
}

/* Whether the innermost frame is the standard library's. It may hold a lock of its own, and a
 * thread on top of it could not wait for that. */
static bool is_in_library(const _PyInterpreterFrame *frame) {
    static const char folder[] = "/usr/lib/python3.";
    PyObject *file = _PyFrame_GetCode((_PyInterpreterFrame *)frame)->co_filename;
    return PyUnicode_IS_ASCII(file) &&
           PyUnicode_GET_LENGTH(file) >= (Py_ssize_t)sizeof folder - 1 &&
           memcmp(PyUnicode_1BYTE_DATA(file), folder, sizeof folder - 1) == 0;
}

/* Between two instructions, while there are threads. 1: the thread leaves here. */
int _PyCoop_Pending(PyThreadState *tstate) {
    static unsigned looks;
    if (frame_to_leave) {
        /* What the call has freed may run Python code first. */
        if (tstate->current_frame != frame_to_leave) return 0;
        frame_to_leave = NULL;
        _PyCoop_is_leaving = 1;
        return 1;
    }
    if (!alive) {
        _Py_unset_eval_breaker_bit(tstate, _PY_EVAL_COOP_BIT);
        return 0;
    }
    if (!is_turn_over) {
        if (++looks % LOOKS_PER_CLOCK || now_ns() - turn_began < SWITCH_NS) return 0;
        is_turn_over = true;
    }
    const _PyInterpreterFrame *frame = tstate->current_frame;
    if (_PyOpcode_Deopt[frame->instr_ptr->op.code] == JUMP_BACKWARD && is_all_python(running)) {
        /* Whoever waits below may go on by now, too. */
        running->wait = NULL;
        _PyCoop_is_leaving = 1;
        return 1;
    }
    /* The slice then ends at the program's next instruction of its own: one that asks the library
     * again and again whether a thread has ended comes back to it after each call. */
    if (is_in_library(frame)) return 0;
    /* A thread that cannot be put aside here, as in a __next__ that holds a lock, soon can be:
     * whoever ran on top of it could not wait for that lock. */
    if (running && (++looks % LOOKS_PER_CLOCK || now_ns() - turn_began < LONG_TURN_NS)) return 0;
    begin_turn();
    if (stacked < STACKED_BY_TIME_MAX && first_ready(turn_began)) _PyCoop_RunAnother(turn_began);
    return 0;
}

void _PyCoop_Left(PyThreadState *tstate, _PyInterpreterFrame *frame,
                  const _Py_CODEUNIT *next_instr, int oparg) {
    _PyCoop_is_leaving = 0;
    Thread *thread = running;
    thread->has_left = true;
    thread->top = thread->bottom = frame;
    while (thread->bottom->previous->owner != FRAME_OWNED_BY_INTERPRETER)
        thread->bottom = thread->bottom->previous;
    thread->skip = (int)(next_instr - frame->instr_ptr);
    /* A jump back that was not made yet is made now: some of its distance may be in an
     * instruction before it. */
    if (!thread->wait) thread->skip -= oparg;
    tstate->current_frame = NULL;
}

PyObject *_PyCoop_CallIter(PyObject *function, PyObject *sentinel) {
    PyObject *module = PyImport_ImportModule("_hatchery_threads");
    if (!module) return NULL;
    PyObject *values = PyObject_CallMethod(module, "values_of", "OO", function, sentinel);
    Py_DECREF(module);
    return values;
}

_PyInterpreterFrame *_PyCoop_BottomFrame(void) { return running->bottom; }

int64_t threads_run_one(void) {
    if (stacked >= STACKED_MAX) return -1;
    Thread *thread = first_ready(now_ns());
    if (thread) {
        run_thread(thread);
        return 0;
    }
    PyTime_t until = soonest(false);
    if (!until) return -1;
    PyTime_t left = until - now_ns();
    return left > 1 ? left : 1;
}

int64_t threads_run_one_within_call(void) {
    if (!alive) return -1;
    bool is_detached = !PyThreadState_GetUnchecked();
    if (is_detached) PyEval_RestoreThread(running ? running->tstate : main_state);
    int64_t result = threads_run_one();
    if (is_detached) PyEval_SaveThread();
    return result;
}

static bool must_wait_at_end(void) {
    if (soonest(true)) return true;
    PyTime_t now = now_ns();
    for (const Thread *thread = threads; thread; thread = thread->next)
        if (thread->is_waited_for && is_ready(thread, now)) return true;
    return false;
}

void threads_finish_run(void) {
    while (alive && must_wait_at_end())
        if (_PyCoop_RunAnother(0) < 0) return;
}
