//! Modules whose work needs what a sandbox has not: they import, and say what is missing when it is asked for.

use hatchery_tests::stdout;

use crate::sandbox;

#[test]
fn ctypes_says_that_there_is_no_native_code() {
    let program = "
import ctypes
def attempt(call):
    try: return call()
    except Exception as error: return f'{type(error).__name__}: {error.__cause__ or error}'
print(attempt(lambda: ctypes.CDLL('libm.so.6')))
print(attempt(lambda: ctypes.cdll.LoadLibrary('x' * 500))[-70:])
print(attempt(lambda: ctypes.CDLL(None).strlen(b'abc')))
print(attempt(lambda: ctypes.pythonapi.Py_GetVersion()))
number = ctypes.c_int(5)
for address in (ctypes.addressof(number), 0, 0xffffff00, 1 << 17):
    print(attempt(lambda: ctypes.CFUNCTYPE(ctypes.c_int)(address)()))
print(ctypes.string_at(ctypes.addressof(number), 1))
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "OSError: libm.so.6: a sandbox loads no native libraries and has none of their functions\n\
         x: a sandbox loads no native libraries and has none of their functions\n\
         AttributeError: strlen: a sandbox loads no native libraries and has none of their functions\n\
         AttributeError: Py_GetVersion: a sandbox loads no native libraries and has none of their functions\n\
         SystemError: a sandbox has no native functions that ctypes could call\n\
         SystemError: a sandbox has no native functions that ctypes could call\n\
         SystemError: a sandbox has no native functions that ctypes could call\n\
         SystemError: a sandbox has no native functions that ctypes could call\n\
         b'\\x05'\n"
    );
}

#[test]
fn whoever_begins_to_speak_tls_is_told_that_there_is_no_network() {
    let program = "
import http.client, smtplib, socket, ssl, urllib.request
def attempt(call):
    try: return call()
    except Exception as error: return f'{type(error).__module__}.{type(error).__name__}: {error}'
context = ssl.create_default_context()
print(attempt(lambda: context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname='example.org')))
print(attempt(lambda: http.client.HTTPSConnection('example.org').request('GET', '/')))
print(attempt(lambda: urllib.request.urlopen('https://example.org')))
print(attempt(lambda: smtplib.SMTP_SSL('example.org')))
print(attempt(lambda: ssl.SSLSession()), ssl.OPENSSL_VERSION)
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "ssl.SSLError: a sandbox has no network, and so no TLS: the host has to offer a function that fetches\n\
         socket.gaierror: [Errno 7] getaddrinfo failed\n\
         urllib.error.URLError: <urlopen error [Errno 7] getaddrinfo failed>\n\
         socket.gaierror: [Errno 7] getaddrinfo failed\n\
         builtins.TypeError: cannot create '_ssl.SSLSession' instances OpenSSL 3.0.0 (not in a sandbox)\n"
    );
}

#[test]
fn whoever_begins_a_process_is_told_to_use_threads() {
    let program = "
import errno, multiprocessing, subprocess
def attempt(call):
    try: call()
    except OSError as error: print(error.errno == errno.ENOTSUP, 'processes' in str(error), 'ThreadPool' in str(error))
attempt(lambda: multiprocessing.Process(target=print).start())
attempt(lambda: multiprocessing.get_context('spawn').Process(target=print).start())
attempt(lambda: subprocess.run(['ls']))
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "True True True\nTrue True True\nTrue True False\n"
    );
}

#[test]
fn functions_of_c_say_what_they_are() {
    let program = "
import inspect, io, pydoc, contextlib
print(inspect.signature(len), inspect.signature(dict.__init__), inspect.signature(str.split))
print(len.__doc__, '|', str.split.__doc__.splitlines()[0])
shown = io.StringIO()
with contextlib.redirect_stdout(shown): help(str.split); help('for')
print('Splitting starts at the front' in shown.getvalue(), 'The \"for\" statement is used to iterate' in shown.getvalue())
print(pydoc.render_doc('math.hypot', renderer=pydoc.plaintext).splitlines()[2])
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "(obj, /) (self, /, *args, **kwargs) (self, /, sep=None, maxsplit=-1)\n\
         Return the number of items in a container. | Return a list of the substrings in the string, using sep as the separator string.\n\
         True True\nmath.hypot = hypot(*coordinates)\n"
    );
}

#[test]
fn memory_to_share_is_there_for_the_one_process() {
    let program = "
import ctypes, os
from multiprocessing import shared_memory
from multiprocessing.sharedctypes import RawArray, RawValue
def attempt(call):
    try: return call()
    except Exception as error: return type(error).__name__
first = shared_memory.SharedMemory(create=True, size=100)
first.buf[:3] = b'abc'
second = shared_memory.SharedMemory(first.name)
second.buf[0] = 65
print(bytes(first.buf[:3]), first.size, attempt(lambda: shared_memory.SharedMemory(first.name, create=True, size=1)))
second.close(); first.close(); first.unlink()
print(attempt(lambda: shared_memory.SharedMemory(first.name)), attempt(lambda: shared_memory.SharedMemory('a/b')))
numbers = shared_memory.ShareableList([1, 'a', 2.5, None])
print(numbers[1], list(numbers)); numbers.shm.close(); numbers.shm.unlink()
array, value = RawArray(ctypes.c_int, 3), RawValue('d', 0.5)
array[1] = 7; value.value += 1
print(list(array), value.value)
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "b'Abc' 100 FileExistsError\nFileNotFoundError FileNotFoundError\na [1, 'a', 2.5, None]\n[0, 7, 0] 1.5\n"
    );
}
