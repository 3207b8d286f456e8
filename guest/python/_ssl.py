"""What CPython's ``ssl`` stands on, without TLS: a sandbox has no network that it could be spoken over.

Contexts have their settings and check them as OpenSSL does, certificates can be loaded and read, and what
would begin to speak says that there is no network.
"""

import operator
import os
import warnings

import _hatchery_certificates
import _hatchery_objects

OPENSSL_VERSION = "OpenSSL 3.0.0 (not in a sandbox)"
OPENSSL_VERSION_INFO = _OPENSSL_API_VERSION = (3, 0, 0, 0, 0)
OPENSSL_VERSION_NUMBER = 0x30000000

HAS_ALPN = HAS_ECDH = HAS_PHA = HAS_PSK = HAS_SNI = HAS_TLS_UNIQUE = True
HAS_TLSv1 = HAS_TLSv1_1 = HAS_TLSv1_2 = HAS_TLSv1_3 = True
HAS_NPN = HAS_SSLv2 = HAS_SSLv3 = False


_CONSTANTS = {
    "ALERT_DESCRIPTION_": """
        CLOSE_NOTIFY=0 UNEXPECTED_MESSAGE=10 BAD_RECORD_MAC=20 RECORD_OVERFLOW=22 DECOMPRESSION_FAILURE=30
        HANDSHAKE_FAILURE=40 BAD_CERTIFICATE=42 UNSUPPORTED_CERTIFICATE=43 CERTIFICATE_REVOKED=44
        CERTIFICATE_EXPIRED=45 CERTIFICATE_UNKNOWN=46 ILLEGAL_PARAMETER=47 UNKNOWN_CA=48 ACCESS_DENIED=49
        DECODE_ERROR=50 DECRYPT_ERROR=51 PROTOCOL_VERSION=70 INSUFFICIENT_SECURITY=71 INTERNAL_ERROR=80
        USER_CANCELLED=90 NO_RENEGOTIATION=100 UNSUPPORTED_EXTENSION=110 CERTIFICATE_UNOBTAINABLE=111
        UNRECOGNIZED_NAME=112 BAD_CERTIFICATE_STATUS_RESPONSE=113 BAD_CERTIFICATE_HASH_VALUE=114
        UNKNOWN_PSK_IDENTITY=115
    """,
    "CERT_": """
        NONE=0 OPTIONAL=1 REQUIRED=2
    """,
    "ENCODING_": """
        PEM=1 DER=2
    """,
    "HOSTFLAG_": """
        ALWAYS_CHECK_SUBJECT=1 NO_WILDCARDS=2 NO_PARTIAL_WILDCARDS=4 MULTI_LABEL_WILDCARDS=8
        SINGLE_LABEL_SUBDOMAINS=16 NEVER_CHECK_SUBJECT=32
    """,
    "OP_": """
        NO_SSLv2=0 SINGLE_DH_USE=0 SINGLE_ECDH_USE=0 LEGACY_SERVER_CONNECT=4 ENABLE_KTLS=8
        IGNORE_UNEXPECTED_EOF=128 NO_TICKET=16384 NO_COMPRESSION=131072 ENABLE_MIDDLEBOX_COMPAT=1048576
        CIPHER_SERVER_PREFERENCE=4194304 NO_SSLv3=33554432 NO_TLSv1=67108864 NO_TLSv1_2=134217728
        NO_TLSv1_1=268435456 NO_TLSv1_3=536870912 NO_RENEGOTIATION=1073741824 ALL=2147483728
    """,
    "PROTO_": """
        MINIMUM_SUPPORTED=-2 MAXIMUM_SUPPORTED=-1 SSLv3=768 TLSv1=769 TLSv1_1=770 TLSv1_2=771 TLSv1_3=772
    """,
    "PROTOCOL_": """
        SSLv23=2 TLS=2 TLSv1=3 TLSv1_1=4 TLSv1_2=5 TLS_CLIENT=16 TLS_SERVER=17
    """,
    "SSL_ERROR_": """
        SSL=1 WANT_READ=2 WANT_WRITE=3 WANT_X509_LOOKUP=4 SYSCALL=5 ZERO_RETURN=6 WANT_CONNECT=7 EOF=8
        INVALID_ERROR_CODE=10
    """,
    "VERIFY_": """
        DEFAULT=0 CRL_CHECK_LEAF=4 CRL_CHECK_CHAIN=12 X509_STRICT=32 ALLOW_PROXY_CERTS=64
        X509_TRUSTED_FIRST=32768 X509_PARTIAL_CHAIN=524288
    """,
}
for _prefix, _names in _CONSTANTS.items():
    for _name in _names.split():
        _name, _, _value = _name.partition("=")
        globals()[_prefix + _name] = int(_value)

_DEFAULT_CIPHERS = (
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"
)
# Number, name, protocol, bits, cipher, digest, exchange of keys, authentication.
_CIPHERS = """
50336514 TLS_AES_256_GCM_SHA384 TLSv1.3 256 aes-256-gcm - any any
50336515 TLS_CHACHA20_POLY1305_SHA256 TLSv1.3 256 chacha20-poly1305 - any any
50336513 TLS_AES_128_GCM_SHA256 TLSv1.3 128 aes-128-gcm - any any
50380844 ECDHE-ECDSA-AES256-GCM-SHA384 TLSv1.2 256 aes-256-gcm - ecdhe ecdsa
50380848 ECDHE-RSA-AES256-GCM-SHA384 TLSv1.2 256 aes-256-gcm - ecdhe rsa
50380843 ECDHE-ECDSA-AES128-GCM-SHA256 TLSv1.2 128 aes-128-gcm - ecdhe ecdsa
50380847 ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 128 aes-128-gcm - ecdhe rsa
50384041 ECDHE-ECDSA-CHACHA20-POLY1305 TLSv1.2 256 chacha20-poly1305 - ecdhe ecdsa
50384040 ECDHE-RSA-CHACHA20-POLY1305 TLSv1.2 256 chacha20-poly1305 - ecdhe rsa
50380836 ECDHE-ECDSA-AES256-SHA384 TLSv1.2 256 aes-256-cbc sha384 ecdhe ecdsa
50380840 ECDHE-RSA-AES256-SHA384 TLSv1.2 256 aes-256-cbc sha384 ecdhe rsa
50380835 ECDHE-ECDSA-AES128-SHA256 TLSv1.2 128 aes-128-cbc sha256 ecdhe ecdsa
50380839 ECDHE-RSA-AES128-SHA256 TLSv1.2 128 aes-128-cbc sha256 ecdhe rsa
50331807 DHE-RSA-AES256-GCM-SHA384 TLSv1.2 256 aes-256-gcm - dhe rsa
50331806 DHE-RSA-AES128-GCM-SHA256 TLSv1.2 128 aes-128-gcm - dhe rsa
50331755 DHE-RSA-AES256-SHA256 TLSv1.2 256 aes-256-cbc sha256 dhe rsa
50331751 DHE-RSA-AES128-SHA256 TLSv1.2 128 aes-128-cbc sha256 dhe rsa
"""
_CIPHER_WORDS = """
    ALL COMPLEMENTOFALL DEFAULT COMPLEMENTOFDEFAULT HIGH MEDIUM LOW NULL eNULL aNULL kRSA aRSA RSA kDHE kEDH DHE EDH
    ADH DH kECDHE kEECDH ECDHE EECDH ECDH AECDH aDSS DSS aECDSA ECDSA TLSv1.2 TLSv1.0 TLSv1 SSLv3 AES128 AES256 AES
    AESGCM AESCCM AESCCM8 ARIA ARIA128 ARIA256 CAMELLIA CAMELLIA128 CAMELLIA256 CHACHA20 3DES DES RC4 RC2 IDEA SEED MD5
    SHA1 SHA SHA256 SHA384 aGOST kGOST GOST94 PSK kPSK aPSK kECDHEPSK kDHEPSK kRSAPSK SRP SUITEB128 SUITEB192
""".split()
_CURVES = "prime256v1 secp256r1 secp384r1 secp521r1 X25519 X448 secp256k1 secp224r1 prime192v1 P-256 P-384 P-521".split()
_NO_NETWORK = "a sandbox has no network, and so no TLS: the host has to offer a function that fetches"
_PEM_LIBRARY = 9 | 1 << 19


class SSLError(OSError):
    """An error occurred in the SSL implementation."""

    __module__ = "ssl"

    def __str__(self):
        return self.strerror if isinstance(self.strerror, str) else str(self.args)


class SSLCertVerificationError(SSLError, ValueError):
    """A certificate could not be verified."""

    __module__ = "ssl"


class SSLZeroReturnError(SSLError):
    """SSL/TLS session closed cleanly."""

    __module__ = "ssl"


class SSLWantReadError(SSLError):
    """Non-blocking SSL socket needs to read more data
    before the requested operation can be completed."""

    __module__ = "ssl"


class SSLWantWriteError(SSLError):
    """Non-blocking SSL socket needs to write more data
    before the requested operation can be completed."""

    __module__ = "ssl"


class SSLSyscallError(SSLError):
    """System error when attempting SSL operation."""

    __module__ = "ssl"


class SSLEOFError(SSLError):
    """SSL/TLS connection terminated abruptly."""

    __module__ = "ssl"


def _text_of(path):
    try:
        with open(path, encoding="latin-1") as file:
            return file.read()
    except OSError as error:
        raise OSError(error.errno, error.strerror) from None


def _error(number, text, reason=None, library=None):
    error = SSLError(number, text)
    error.reason, error.library = reason, library
    return error


def RAND_add(string, entropy, /):
    """Mix string into the OpenSSL PRNG state."""
    if not isinstance(string, str):
        memoryview(string)
    float(entropy)


def RAND_bytes(n, /):
    """Generate n cryptographically strong pseudo-random bytes."""
    if n < 0:
        raise ValueError("num must be positive")
    return os.urandom(n)


def RAND_status():
    """Returns True if the OpenSSL PRNG has been seeded with enough data and False if not."""
    return True


def get_default_verify_paths():
    """Return search paths and environment vars that are used by SSLContext's set_default_verify_paths()."""
    return "SSL_CERT_FILE", "/usr/lib/ssl/cert.pem", "SSL_CERT_DIR", "/usr/lib/ssl/certs"


def txt2obj(txt, name=False):
    """Lookup NID, short name, long name and OID of an ASN1_OBJECT."""
    found = (_hatchery_objects.by_name(txt) if name else None) or _hatchery_objects.by_oid(txt)
    if not found:
        is_dotted = txt.replace(".", "").isdecimal() and "." in txt
        raise ValueError("Unknown object" if is_dotted else f"unknown object '{txt}'")
    return found


def nid2obj(nid, /):
    """Lookup NID, short name, long name and OID of an ASN1_OBJECT by NID."""
    if nid < 0:
        raise ValueError("NID must be positive.")
    found = _hatchery_objects.by_number(nid)
    if not found:
        raise ValueError(f"unknown NID {nid}")
    return found


def _test_decode_cert(path, /):
    found = _hatchery_certificates.from_pem(_text_of(path))
    if not found:
        raise _error(_PEM_LIBRARY, "Error decoding PEM-encoded file")
    return _hatchery_certificates.read(found[0])[0]


class _NotPickled:
    __slots__ = ()

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")


class MemoryBIO(_NotPickled):
    """Bytes on the way to or from TLS."""

    __slots__ = ("_bytes", "_has_ended")

    def __init__(self):
        self._bytes, self._has_ended = bytearray(), False

    @property
    def eof(self):
        """Whether the memory BIO is at EOF."""
        return self._has_ended and not self._bytes

    @property
    def pending(self):
        """The number of bytes pending in the memory BIO."""
        return len(self._bytes)

    def read(self, size=-1, /):
        """Read up to size bytes from the memory BIO."""
        end = len(self._bytes) if size < 0 else size
        taken = bytes(self._bytes[:end])
        del self._bytes[:end]
        return taken

    def write(self, b, /):
        """Writes the bytes b into the memory BIO."""
        if self._has_ended:
            raise SSLError("cannot write() after write_eof()")
        try:
            view = memoryview(b)
        except TypeError:
            raise TypeError(f"a bytes-like object is required, not {type(b).__name__!r}") from None
        if not view.c_contiguous:
            raise BufferError("memoryview: underlying buffer is not C-contiguous")
        with view:
            self._bytes += view.cast("B") if view.nbytes else b""
            return view.nbytes

    def write_eof(self):
        """Write an EOF marker to the memory BIO."""
        self._has_ended = True


class SSLSession(_NotPickled):
    """A session to resume: none ever begins here."""

    def __new__(cls):
        raise TypeError("cannot create '_ssl.SSLSession' instances")


class Certificate(_NotPickled):
    """A certificate of a connection: there is none here."""

    def __new__(cls):
        raise TypeError("cannot create '_ssl.Certificate' instances")


class _SSLSocket(_NotPickled):
    def __new__(cls):
        raise TypeError("cannot create '_ssl._SSLSocket' instances")


def _cipher(line):
    number, name, protocol, bits, cipher, digest, exchange, authentication = line.split()
    shown = {"aes": "AES", "chacha20": "CHACHA20/POLY1305"}[cipher.split("-")[0]]
    shown += ("GCM" if cipher.endswith("gcm") else "") + f"({bits})"
    kx = {"any": "any", "ecdhe": "ECDH", "dhe": "DH"}[exchange]
    au = authentication if authentication == "any" else authentication.upper()
    mac = "AEAD" if digest == "-" else digest.upper()
    return {
        "id": int(number),
        "name": name,
        "protocol": protocol,
        "description": f"{name:30} {protocol} Kx={kx:8} Au={au:5} Enc={shown:22} Mac={mac}",
        "strength_bits": int(bits),
        "alg_bits": int(bits),
        "aead": digest == "-",
        "symmetric": cipher,
        "digest": None if digest == "-" else digest,
        "kea": f"kx-{exchange}",
        "auth": f"auth-{authentication}",
    }


def _flags(value):
    if not isinstance(value, int):
        raise TypeError(f"argument must be int, not {type(value).__name__}")
    return int(value)


def _setting(name, doc, check=lambda self, value: value):
    """A property that is kept as ``_name``."""
    kept = f"_{name.strip('_')}_"

    def setter(self, value):
        setattr(self, kept, check(self, value))

    return property(lambda self: getattr(self, kept), setter, doc=doc)


class _SSLContext(_NotPickled):
    def __new__(cls, protocol, /):
        protocol = protocol.__index__()
        if protocol not in (PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER):
            names = {
                PROTOCOL_TLS: "TLS",
                PROTOCOL_TLSv1: "TLSv1",
                PROTOCOL_TLSv1_1: "TLSv1_1",
                PROTOCOL_TLSv1_2: "TLSv1_2",
            }
            if protocol not in names:
                raise ValueError(f"invalid or unsupported protocol version {protocol}")
            warnings.warn(
                f"ssl.PROTOCOL_{names[protocol]} is deprecated", DeprecationWarning, stacklevel=3
            )
        self = super().__new__(cls)
        is_client = protocol == PROTOCOL_TLS_CLIENT
        self._protocol_ = protocol
        self._verify_mode_ = CERT_REQUIRED if is_client else CERT_NONE
        self._check_hostname_ = is_client
        self._verify_flags_ = VERIFY_X509_TRUSTED_FIRST
        self._options_ = (
            OP_ALL | OP_NO_SSLv3 | OP_CIPHER_SERVER_PREFERENCE | OP_NO_COMPRESSION
            | OP_ENABLE_MIDDLEBOX_COMPAT
        )  # fmt: skip
        self._minimum_ = PROTO_TLSv1_2 if protocol in (PROTOCOL_TLS, 16, 17) else PROTO_MINIMUM_SUPPORTED
        self._maximum_ = PROTO_MAXIMUM_SUPPORTED
        self._num_tickets_ = 2
        self._host_flags_ = HOSTFLAG_NO_PARTIAL_WILDCARDS
        self._post_handshake_auth_ = False
        self._sni_callback_ = self._keylog_filename_ = self._msg_callback_ = None
        self._ciphers = [line for line in _CIPHERS.split("\n") if line]
        self._certificates = {}
        return self

    protocol = property(lambda self: self._protocol_)
    security_level = property(lambda self: 2, doc="The current security level.")

    def _checked_options(self, value):
        value = operator.index(value)
        if value < 0:
            raise ValueError("value must be positive")
        if value >> 64:
            raise OverflowError("Python int too large to convert to C uint64_t")
        without = OP_NO_SSLv3 | OP_NO_TLSv1 | OP_NO_TLSv1_1 | OP_NO_TLSv1_2 | OP_NO_TLSv1_3
        if value & without & ~self._options_:
            text = "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated"
            warnings.warn(text, DeprecationWarning, stacklevel=4)
        return value

    options = _setting("options", "The options of the context.", _checked_options)

    def _checked_mode(self, value):
        value = operator.index(value)
        if value not in (CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED):
            raise ValueError("invalid value for verify_mode")
        if value == CERT_NONE and self._check_hostname_:
            raise ValueError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
        return value

    verify_mode = _setting("verify_mode", "How certificates of the other side are treated.", _checked_mode)

    def _checked_hostname(self, value):
        if value and self._verify_mode_ == CERT_NONE:
            self._verify_mode_ = CERT_REQUIRED
        return bool(value)

    check_hostname = _setting("check_hostname", "Whether the host's name is compared.", _checked_hostname)
    verify_flags = _setting(
        "verify_flags", "How certificates are verified.", lambda self, value: _flags(value)
    )
    _host_flags = _setting("_host_flags", None, lambda self, value: operator.index(value))
    post_handshake_auth = _setting(
        "post_handshake_auth", "Whether it is offered.", lambda self, value: bool(value)
    )

    def _checked_callback(self, value):
        if value is not None and not callable(value):
            raise TypeError(f"{value!r} is not callable.")
        return value

    _msg_callback = _setting("_msg_callback", None, _checked_callback)

    def _checked_sni(self, value):
        if self._protocol_ == PROTOCOL_TLS_CLIENT:
            raise ValueError("sni_callback cannot be set on TLS_CLIENT context")
        if value is not None and not callable(value):
            raise TypeError("not a callable object")
        return value

    sni_callback = _setting("sni_callback", "Called when a client names its server.", _checked_sni)

    def _checked_tickets(self, value):
        value = operator.index(value)
        if value < 0:
            raise ValueError("value must be non-negative")
        if self._protocol_ != PROTOCOL_TLS_SERVER:
            raise ValueError("SSLContext is not a server context.")
        return value

    num_tickets = _setting("num_tickets", "Control the number of TLSv1.3 session tickets.", _checked_tickets)

    def _checked_keylog(self, value):
        if value is not None:
            with open(os.fspath(value), "a") as file:
                if file.tell() == 0:
                    file.write("# TLS secrets log file, generated by OpenSSL / Python\n")
        return value

    keylog_filename = _setting("keylog_filename", "The file that keys would be logged to.", _checked_keylog)

    def _checked_version(self, value):
        value = operator.index(value)
        if self._protocol_ not in (PROTOCOL_TLS, PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER):
            raise ValueError(
                "The context's protocol doesn't support modification of highest and lowest version."
            )
        names = {PROTO_SSLv3: "SSLv3", PROTO_TLSv1: "TLSv1", PROTO_TLSv1_1: "TLSv1_1"}
        if value in names:
            text = f"ssl.TLSVersion.{names[value]} is deprecated"
            warnings.warn(text, DeprecationWarning, stacklevel=4)
        elif not PROTO_MINIMUM_SUPPORTED <= value <= PROTO_MAXIMUM_SUPPORTED and value not in (
            PROTO_TLSv1_2,
            PROTO_TLSv1_3,
        ):
            raise ValueError(f"Unsupported TLS/SSL version 0x{value & 0xFFFFFFFF:x}")
        return value

    def _set_minimum(self, value):
        value = self._checked_version(value)
        self._minimum_ = PROTO_TLSv1_3 if value == PROTO_MAXIMUM_SUPPORTED else value

    def _set_maximum(self, value):
        value = self._checked_version(value)
        self._maximum_ = PROTO_TLSv1 if value == PROTO_MINIMUM_SUPPORTED else value

    minimum_version = property(lambda self: self._minimum_, _set_minimum)
    maximum_version = property(lambda self: self._maximum_, _set_maximum)

    def set_ciphers(self, cipherlist, /):
        lines = [line for line in _CIPHERS.split("\n") if line]
        known = {line.split()[1]: line for line in lines}
        words = cipherlist.replace(",", ":").replace(" ", ":").split(":")
        asked = [word for word in words if word and word[0] not in "!-@"]
        valid = [word for word in asked if all(part in _CIPHER_WORDS or part in known for part in word.split("+"))]
        if not valid:
            raise SSLError("No cipher can be selected.")
        if all(word in known for word in valid):
            lines = [line for line in lines if line.startswith("503365") or line.split()[1] in valid]
        self._ciphers = lines

    def get_ciphers(self):
        return [_cipher(line) for line in self._ciphers]

    def _set_alpn_protocols(self, protos, /):
        memoryview(protos)

    def set_ecdh_curve(self, name, /):
        name = os.fsdecode(name)
        if name not in _CURVES:
            raise ValueError(f"unknown elliptic curve name {name!r}")

    def load_dh_params(self, path, /):
        if "-----BEGIN DH PARAMETERS-----" not in _text_of(path):
            raise _error(_PEM_LIBRARY, "[PEM: NO_START_LINE] no start line", "NO_START_LINE", "PEM")

    def set_psk_client_callback(self, callback):
        self._checked_callback(callback)

    def set_psk_server_callback(self, callback, identity_hint=None):
        self._checked_callback(callback)

    def session_stats(self):
        names = "number connect connect_good connect_renegotiate accept accept_good accept_renegotiate hits misses"
        return dict.fromkeys([*names.split(), "timeouts", "cache_full"], 0)

    def load_cert_chain(self, certfile, keyfile=None, password=None):
        texts = []
        for path in (certfile, keyfile):
            if path is not None:
                texts.append(_text_of(path))
        if "PRIVATE KEY-----" not in texts[-1] or not _decoded(_hatchery_certificates.from_pem, texts[0]):
            raise _error(_PEM_LIBRARY, "[SSL] PEM lib", "PEM_LIB", "SSL")

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        if cadata is not None:
            self._add(_from_data(cadata))
        if cafile is not None:
            found = _decoded(_hatchery_certificates.from_pem, _text_of(cafile))
            if not found:
                text = "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found"
                raise _error(136, text, "NO_CERTIFICATE_OR_CRL_FOUND", "X509")
            self._add(found)
        if capath is not None:
            os.fspath(capath)

    def set_default_verify_paths(self):
        cafile = os.environ.get("SSL_CERT_FILE")
        if cafile and os.path.isfile(cafile):
            try:
                self.load_verify_locations(cafile)
            except SSLError:
                pass  # As OpenSSL does.

    def _add(self, certificates):
        for data in certificates:
            self._certificates.setdefault(data, _hatchery_certificates.read(data))

    def cert_store_stats(self):
        issuing = sum(issues for _shown, issues in self._certificates.values())
        return {"x509": len(self._certificates), "crl": 0, "x509_ca": issuing}

    def get_ca_certs(self, binary_form=False):
        issuing = ((data, shown) for data, (shown, issues) in self._certificates.items() if issues)
        return [data if binary_form else dict(shown) for data, shown in issuing]

    def _wrap_socket(self, sock, server_side, server_hostname=None, *, owner=None, session=None):
        if server_hostname is not None:
            if not server_hostname or server_hostname.startswith("."):
                raise ValueError("server_hostname cannot be an empty string or start with a leading dot.")
            if "\0" in server_hostname:
                raise TypeError("embedded null character")
        raise _error(SSL_ERROR_SSL, _NO_NETWORK)

    def _wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, *, owner=None, session=None):
        return self._wrap_socket(None, server_side, server_hostname)


def _decoded(decode, data):
    try:
        return decode(data)
    except ValueError as error:
        raise _error(_PEM_LIBRARY, f"[X509] PEM lib: {error}", "PEM_LIB", "X509") from None


def _from_data(data):
    if isinstance(data, str):
        if not data.isascii():
            raise TypeError("cadata should be an ASCII string or a bytes-like object")
        decode, missing = _hatchery_certificates.from_pem, "no start line"
    else:
        try:
            data = bytes(memoryview(data))
        except TypeError:
            raise TypeError("cadata should be an ASCII string or a bytes-like object") from None
        decode, missing = _hatchery_certificates.from_der, "not enough data"
    if not data:
        raise ValueError("Empty certificate data")
    try:
        found = decode(data)
    except (ValueError, IndexError):
        found = []
    if not found:
        raise _error(0, f"{missing}: cadata does not contain a certificate")
    return found
