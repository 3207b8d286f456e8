//! Keys out of passwords, held against what OpenSSL makes of the same (and RFC 7914 of its examples).

use hatchery_tests::stdout;

use crate::sandbox;

#[test]
fn no_key_differs_from_the_one_that_openssl_derives() {
    let program = r#"
import hashlib
for key in (
    hashlib.scrypt(b"", salt=b"", n=16, r=1, p=1, dklen=16),
    hashlib.scrypt(b"password", salt=b"NaCl", n=1024, r=8, p=16, dklen=16),
    hashlib.scrypt(b"password", salt=b"x" * 70, n=32, r=3, p=5, dklen=16),
    hashlib.pbkdf2_hmac("sha256", b"pw", b"salt", 1000)[:16],
    hashlib.pbkdf2_hmac("sha1", b"pw", b"salt", 3, 50)[-16:],
    hashlib.pbkdf2_hmac("sha512", b"x" * 200, b"salt", 2)[:16],
):
    print(key.hex())
"#;
    let expected = "\
77d6576238657b203b19ca42c18a0497
fdbabe1c9d3472007856e7190d01e9fe
b746a7316224ee2b022828026bf590ba
0a38253555ce37f5c72a6b703f996814
21a2461e301823f02b0e7607d95da386
87c9db0b7c12b94bec5039ae603028ec
";
    assert_eq!(stdout(&mut sandbox(), program), expected);
}

#[test]
fn parameters_that_no_key_has_are_refused() {
    let program = r#"
import hashlib
def refused(function, *args, **kwargs):
    try: function(*args, **kwargs)
    except (TypeError, ValueError) as error: return True
    return False
cost = dict(salt=b"s", n=16, r=1, p=1)
for change in dict(n=3), dict(n=0), dict(n=1 << 20, r=8), dict(r=0), dict(p=0), dict(maxmem=-1), dict(dklen=0), dict(salt="s"):
    assert refused(hashlib.scrypt, b"p", **{**cost, **change}), change
for args in ("nope", b"", b"", 1), ("sha1", b"", b"", 0), ("sha1", b"", b"", 1, 0), ("sha1", "s", b"", 1), ("shake_128", b"", b"", 1, 5):
    assert refused(hashlib.pbkdf2_hmac, *args), args
print("ok")
"#;
    assert_eq!(stdout(&mut sandbox(), program), "ok\n");
}
