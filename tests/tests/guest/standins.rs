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
