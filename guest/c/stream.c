/* sys.stdout and sys.stderr as C types: a text stream and the binary stream that
 * is its `buffer`. Both are unbuffered views of a capture in output.c, so nothing
 * is ever left to flush, and a print touches as few objects as can be. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "files/streams.h"
#include "output.h"

typedef struct {
    PyObject_HEAD
    OutputStream stream;
    PyObject *binary; /* the text stream's `buffer`; NULL in the binary stream */
    PyObject *dict;
    PyObject *weak_references;
    /* What reconfigure() has asked for; NULL where it has not. */
    PyObject *encoding, *errors, *newline, *encoder;
    bool line_buffering, write_through;
} Stream;

static const char *const stream_names[] = {"<stdout>", "<stderr>"};

/* Where the program has led its standard output elsewhere, that can fail. */
static bool put(OutputStream stream, const void *bytes, Py_ssize_t len) {
    __wasi_errno_t error = stream_write(stream, bytes, (size_t)len);
    if (!error) return true;
    errno = error;
    PyErr_SetFromErrno(PyExc_OSError);
    return false;
}

static const char *errors_of(const Stream *self) {
    if (self->errors) return PyUnicode_AsUTF8(self->errors);
    return self->stream == OUTPUT_STDERR ? "backslashreplace" : "strict";
}

static const char *encoding_of(const Stream *self) {
    return self->encoding ? PyUnicode_AsUTF8(self->encoding) : "utf-8";
}

/* The long way, for a stream that the program has changed. */
static PyObject *write_reconfigured(Stream *self, PyObject *text) {
    PyObject *line_end = PyUnicode_FromString("\n");
    PyObject *translated = !line_end        ? NULL
                           : !self->newline ? Py_NewRef(text)
                                            : PyUnicode_Replace(text, line_end, self->newline, -1);
    Py_XDECREF(line_end);
    PyObject *bytes = !translated     ? NULL
                      : self->encoder ? PyObject_CallMethod(self->encoder, "encode", "O", translated)
                                      : PyUnicode_AsEncodedString(translated, "utf-8",
                                                                  errors_of(self));
    Py_XDECREF(translated);
    if (bytes && !PyBytes_Check(bytes)) {
        PyErr_Format(PyExc_TypeError, "encoder should return a bytes object, not %.200s",
                     Py_TYPE(bytes)->tp_name);
        Py_CLEAR(bytes);
    }
    bool is_put =
        bytes && put(self->stream, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    Py_XDECREF(bytes);
    return is_put ? PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text)) : NULL;
}

static PyObject *text_write(PyObject *self, PyObject *text) {
    if (!PyUnicode_Check(text))
        return PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.200s",
                            Py_TYPE(text)->tp_name);
    OutputStream stream = ((Stream *)self)->stream;
    if (((Stream *)self)->encoder || ((Stream *)self)->newline)
        return write_reconfigured((Stream *)self, text);
    if (PyUnicode_IS_COMPACT_ASCII(text)) {
        if (!put(stream, PyUnicode_1BYTE_DATA(text), PyUnicode_GET_LENGTH(text))) return NULL;
    } else {
        /* Lone surrogates cannot be UTF-8: stdout refuses them and stderr, which
         * has to show any traceback, escapes them. As CPython's own streams do. */
        const char *errors = stream == OUTPUT_STDERR ? "backslashreplace" : "strict";
        PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", errors);
        if (!bytes) return NULL;
        bool is_put = put(stream, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
        Py_DECREF(bytes);
        if (!is_put) return NULL;
    }
    return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
}

static PyObject *binary_write(PyObject *self, PyObject *data) {
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_CONTIG_RO) < 0) return NULL;
    bool is_put = put(((Stream *)self)->stream, view.buf, view.len);
    PyObject *written = is_put ? PyLong_FromSsize_t(view.len) : NULL;
    PyBuffer_Release(&view);
    return written;
}

static PyObject *writelines(PyObject *self, PyObject *lines) {
    PyObject *iterator = PyObject_GetIter(lines), *line;
    if (!iterator) return NULL;
    while ((line = PyIter_Next(iterator))) {
        PyObject *written = PyObject_CallMethod(self, "write", "O", line);
        Py_DECREF(line);
        if (!written) break;
        Py_DECREF(written);
    }
    Py_DECREF(iterator);
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

static PyObject *nothing(PyObject *self, PyObject *Py_UNUSED(args)) {
    (void)self;
    Py_RETURN_NONE;
}

static bool is_text_or_none(PyObject *value, const char *name) {
    if (!value || value == Py_None || PyUnicode_Check(value)) return true;
    PyErr_Format(PyExc_TypeError, "reconfigure() argument '%s' must be str or None, not %.200s",
                 name, Py_TYPE(value)->tp_name);
    return false;
}

static bool is_newline(PyObject *newline) {
    static const char *const newlines[] = {"", "\n", "\r", "\r\n"};
    for (size_t i = 0; i < sizeof newlines / sizeof *newlines; i++)
        if (PyUnicode_CompareWithASCIIString(newline, newlines[i]) == 0) return true;
    PyErr_Format(PyExc_ValueError, "illegal newline value: %R", newline);
    return false;
}

static int to_bool(PyObject *value, bool *into) {
    if (!value || value == Py_None) return 0;
    int truth = PyObject_IsTrue(value);
    if (truth >= 0) *into = truth;
    return truth < 0 ? -1 : 0;
}

/* Everything is checked before anything is changed. */
static PyObject *reconfigure(PyObject *object, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"encoding", "errors", "newline", "line_buffering", "write_through",
                            NULL};
    Stream *self = (Stream *)object;
    PyObject *encoding = NULL, *errors = NULL, *newline = NULL, *line = NULL, *through = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$OOOOO:reconfigure", names, &encoding,
                                     &errors, &newline, &line, &through))
        return NULL;
    if (!is_text_or_none(encoding, "encoding") || !is_text_or_none(errors, "errors") ||
        !is_text_or_none(newline, "newline"))
        return NULL;
    if (encoding == Py_None) encoding = NULL;
    if (errors == Py_None) errors = NULL;
    if (newline && newline != Py_None && !is_newline(newline)) return NULL;
    bool line_buffering = self->line_buffering, write_through = self->write_through;
    if (to_bool(line, &line_buffering) < 0 || to_bool(through, &write_through) < 0) return NULL;

    PyObject *encoder = NULL;
    if (encoding || errors) {
        const char *name = encoding ? PyUnicode_AsUTF8(encoding) : encoding_of(self);
        /* A new encoding begins with strict errors. */
        const char *how = errors     ? PyUnicode_AsUTF8(errors)
                          : encoding ? "strict"
                                     : errors_of(self);
        PyObject *handler = name && how ? PyCodec_LookupError(how) : NULL;
        encoder = handler ? PyCodec_IncrementalEncoder(name, how) : NULL;
        Py_XDECREF(handler);
        PyObject *new_errors = encoder ? PyUnicode_FromString(how) : NULL;
        if (!new_errors) {
            Py_XDECREF(encoder);
            return NULL;
        }
        Py_XSETREF(self->errors, new_errors);
        Py_XSETREF(self->encoder, encoder);
        if (encoding) Py_XSETREF(self->encoding, Py_NewRef(encoding));
    }
    if (newline) {
        bool translates = newline != Py_None && PyUnicode_GET_LENGTH(newline) > 0 &&
                          PyUnicode_CompareWithASCIIString(newline, "\n") != 0;
        Py_XSETREF(self->newline, translates ? Py_NewRef(newline) : NULL);
    }
    self->line_buffering = line_buffering;
    self->write_through = write_through;
    Py_RETURN_NONE;
}

/* The text stream stays as it was, for the run that finds it in its place. */
static PyObject *detach(PyObject *self, PyObject *Py_UNUSED(args)) {
    PyObject *binary = ((Stream *)self)->binary;
    return Py_NewRef(binary ? binary : self);
}

static PyObject *yes(PyObject *self, PyObject *Py_UNUSED(args)) {
    (void)self;
    Py_RETURN_TRUE;
}

static PyObject *no(PyObject *self, PyObject *Py_UNUSED(args)) {
    (void)self;
    Py_RETURN_FALSE;
}

static PyObject *stream_fileno(PyObject *self, PyObject *Py_UNUSED(args)) {
    return PyLong_FromLong(((Stream *)self)->stream + 1);
}

static PyObject *enter(PyObject *self, PyObject *Py_UNUSED(args)) { return Py_NewRef(self); }

static PyObject *unsupported(PyObject *self, PyObject *Py_UNUSED(args)) {
    (void)self;
    PyObject *io = PyImport_ImportModule("io");
    PyObject *type = io ? PyObject_GetAttrString(io, "UnsupportedOperation") : NULL;
    if (type) PyErr_SetString(type, "standard output can only be written");
    Py_XDECREF(type);
    Py_XDECREF(io);
    return NULL;
}

/* close() is accepted and changes nothing: the host still wants what comes next. */
#define COMMON_METHODS                                                                        \
    {"writelines", writelines, METH_O, NULL}, {"flush", nothing, METH_NOARGS, NULL},          \
        {"close", nothing, METH_NOARGS, NULL}, {"writable", yes, METH_NOARGS, NULL},          \
        {"readable", no, METH_NOARGS, NULL}, {"seekable", no, METH_NOARGS, NULL},             \
        {"isatty", no, METH_NOARGS, NULL}, {"fileno", stream_fileno, METH_NOARGS, NULL},      \
        {"__enter__", enter, METH_NOARGS, NULL}, {"__exit__", nothing, METH_VARARGS, NULL},   \
        {"read", unsupported, METH_VARARGS, NULL}, {"readline", unsupported, METH_VARARGS, NULL}, \
        {"readlines", unsupported, METH_VARARGS, NULL}, {"seek", unsupported, METH_VARARGS, NULL}, \
        {"tell", unsupported, METH_NOARGS, NULL}, {"truncate", unsupported, METH_VARARGS, NULL}, \
        {"detach", detach, METH_NOARGS, NULL}

static PyMethodDef text_methods[] = {
    {"write", text_write, METH_O, NULL},
    {"reconfigure", (PyCFunction)(void (*)(void))reconfigure, METH_VARARGS | METH_KEYWORDS, NULL},
    COMMON_METHODS,
    {NULL, NULL, 0, NULL}};

static PyMethodDef binary_methods[] = {
    {"write", binary_write, METH_O, NULL}, COMMON_METHODS, {NULL, NULL, 0, NULL}};

static PyObject *get_name(PyObject *self, void *closure) {
    (void)closure;
    return PyUnicode_FromString(stream_names[((Stream *)self)->stream]);
}

static PyObject *get_buffer(PyObject *self, void *closure) {
    (void)closure;
    return Py_NewRef(((Stream *)self)->binary);
}

static PyObject *get_text(PyObject *self, void *text) {
    (void)self;
    return PyUnicode_FromString(text);
}

static PyObject *get_errors(PyObject *self, void *closure) {
    (void)closure;
    return PyUnicode_FromString(errors_of((Stream *)self));
}

static PyObject *get_encoding(PyObject *self, void *closure) {
    (void)closure;
    return PyUnicode_FromString(encoding_of((Stream *)self));
}

static PyObject *get_line_buffering(PyObject *self, void *closure) {
    (void)closure;
    return PyBool_FromLong(((Stream *)self)->line_buffering);
}

static PyObject *get_write_through(PyObject *self, void *closure) {
    (void)closure;
    return PyBool_FromLong(((Stream *)self)->write_through);
}

static PyObject *get_self(PyObject *self, void *closure) {
    (void)closure;
    return Py_NewRef(self);
}

static PyObject *get_bool(PyObject *self, void *value) {
    (void)self;
    return PyBool_FromLong(value != NULL);
}

static PyObject *get_none(PyObject *self, void *closure) {
    (void)self, (void)closure;
    Py_RETURN_NONE;
}

static PyGetSetDef text_attributes[] = {
    {"name", get_name, NULL, NULL, NULL},
    {"mode", get_text, NULL, NULL, "w"},
    {"encoding", get_encoding, NULL, NULL, NULL},
    {"errors", get_errors, NULL, NULL, NULL},
    {"newlines", get_none, NULL, NULL, NULL},
    {"buffer", get_buffer, NULL, NULL, NULL},
    {"line_buffering", get_line_buffering, NULL, NULL, NULL},
    {"write_through", get_write_through, NULL, NULL, NULL},
    {"closed", get_bool, NULL, NULL, NULL},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyGetSetDef binary_attributes[] = {{"name", get_name, NULL, NULL, NULL},
                                          {"mode", get_text, NULL, NULL, "wb"},
                                          {"raw", get_self, NULL, NULL, NULL},
                                          {"closed", get_bool, NULL, NULL, NULL},
                                          {NULL, NULL, NULL, NULL, NULL}};

static PyObject *stream_repr(PyObject *self) {
    return PyUnicode_FromFormat("<%s name='%s' encoding='%s'>", Py_TYPE(self)->tp_name,
                                stream_names[((Stream *)self)->stream],
                                encoding_of((Stream *)self));
}

static void stream_dealloc(PyObject *object) {
    Stream *self = (Stream *)object;
    if (self->weak_references) PyObject_ClearWeakRefs(object);
    PyObject *const owned[] = {self->binary, self->dict,    self->encoding,
                               self->errors, self->newline, self->encoder};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) Py_XDECREF(owned[i]);
    PyObject_Free(object);
}

static PyTypeObject BinaryType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_hatchery_io.BinaryOutput",
    .tp_basicsize = sizeof(Stream),
    .tp_repr = stream_repr,
    .tp_dealloc = stream_dealloc,
    .tp_weaklistoffset = offsetof(Stream, weak_references),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = binary_methods,
    .tp_getset = binary_attributes,
};

static PyTypeObject TextType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_hatchery_io.TextOutput",
    .tp_basicsize = sizeof(Stream),
    .tp_repr = stream_repr,
    .tp_dealloc = stream_dealloc,
    .tp_weaklistoffset = offsetof(Stream, weak_references),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = text_methods,
    .tp_getset = text_attributes,
    .tp_dictoffset = offsetof(Stream, dict),
};

static PyObject *stream_new(PyTypeObject *type, OutputStream stream, PyObject *binary) {
    Stream *self = PyObject_New(Stream, type);
    if (!self) return NULL;
    PyObject base = self->ob_base;
    *self = (Stream){.ob_base = base, .stream = stream, .binary = binary,
                     .write_through = binary != NULL};
    return (PyObject *)self;
}

/* So that isinstance(sys.stdout, io.TextIOBase) holds. */
static int register_with(const char *base, PyTypeObject *type) {
    PyObject *io = PyImport_ImportModule("io");
    PyObject *abc = io ? PyObject_GetAttrString(io, base) : NULL;
    PyObject *done = abc ? PyObject_CallMethod(abc, "register", "O", type) : NULL;
    Py_XDECREF(io);
    Py_XDECREF(abc);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

int output_install(void) {
    if (PyType_Ready(&BinaryType) < 0 || PyType_Ready(&TextType) < 0) return -1;
    if (register_with("RawIOBase", &BinaryType) < 0 || register_with("TextIOBase", &TextType) < 0)
        return -1;
    static const char *const targets[][2] = {{"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
    for (int i = 0; i < 2; i++) {
        PyObject *binary = stream_new(&BinaryType, (OutputStream)i, NULL);
        PyObject *text = binary ? stream_new(&TextType, (OutputStream)i, binary) : NULL;
        if (!text || PySys_SetObject(targets[i][0], text) < 0 ||
            PySys_SetObject(targets[i][1], text) < 0)
            return -1;
        Py_DECREF(text);
    }
    return 0;
}
