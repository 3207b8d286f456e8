//! Addresses as texts and bytes: each line of output is what CPython prints on Linux.

use hatchery_tests::stdout;

use crate::sandbox;

#[test]
fn addresses_are_read_as_elsewhere() {
    let program = "
import socket
for text in ('::1', '::', '1::', 'fe80::1', '2001:DB8::ff00:42:8329', '::ffff:1.2.3.4', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::', '1::8', '1:2:3:4:5:6:1.2.3.4'):
    packed = socket.inet_pton(socket.AF_INET6, text); print(packed.hex().lstrip('0'), socket.inet_ntop(socket.AF_INET6, packed), end=';')
print()
for text in ('1:2', '1:::2', 'g::', '::1%lo', '12345::', '1:2:3:4:5:6:7:8:9', '::1.2.3', '', '::256.1.1.1', '1.2.3.4', ':1', '1:', '::1:', '1::2::3', '::01.2.3.4', '1:2:3:4:5:6:7:1.2.3.4', ' ::1', '::１'):
    try: print('taken:', text, socket.inet_pton(socket.AF_INET6, text))
    except OSError: pass
for packed in (bytes(15) + b'\\1', bytes.fromhex('00010000000000010000000000000001'), bytes.fromhex('00010002000000030004000000050006'), bytes(12) + b'\\1\\2\\3\\4', bytes(8) + bytes.fromhex('0001000000000000')):
    print(socket.inet_ntop(socket.AF_INET6, packed), end=' ')
print(socket.inet_ntoa(b'\\x7f\\0\\0\\1'), socket.inet_pton(socket.AF_INET, '1.2.3.4'), socket.inet_ntop(socket.AF_INET, bytearray(b'\\1\\2\\3\\4')))
for wrong in (lambda: socket.inet_ntop(socket.AF_INET6, b'x'), lambda: socket.inet_ntoa(b'x'), lambda: socket.inet_pton(99, '::'), lambda: socket.inet_pton(socket.AF_INET6, b'::')):
    try: print(wrong())
    except (OSError, ValueError, TypeError) as error: print(type(error).__name__, end=' ')
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "1 ::1; ::;10000000000000000000000000000 1::;fe800000000000000000000000000001 fe80::1;\
         20010db8000000000000ff0000428329 2001:db8::ff00:42:8329;ffff01020304 ::ffff:1.2.3.4;\
         10002000300040005000600070008 1:2:3:4:5:6:7:8;10002000300040005000600070000 1:2:3:4:5:6:7:0;\
         10000000000000000000000000008 1::8;10002000300040005000601020304 1:2:3:4:5:6:102:304;\n\
         ::1 1:0:0:1::1 1:2:0:3:4:0:5:6 ::1.2.3.4 ::1:0:0:0 127.0.0.1 b'\\x01\\x02\\x03\\x04' 1.2.3.4\n\
         ValueError OSError OSError TypeError "
    );
}
