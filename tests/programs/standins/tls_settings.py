"""What programs do with ssl before they speak to anyone: contexts, settings, certificates, names."""

import asyncio.sslproto
import http.client
import ssl
import urllib.request
import warnings
from pathlib import Path

assert asyncio.sslproto and http.client.HTTPSConnection and urllib.request.HTTPSHandler
context = ssl.create_default_context()
print(context.verify_mode, context.check_hostname, context.protocol, context.minimum_version, context.maximum_version)
print(context.verify_flags, context.post_handshake_auth, context.num_tickets, context.security_level)
print(hex(context.options))
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.options |= ssl.OP_NO_TICKET
context.set_ciphers("ECDHE+AESGCM:!aNULL")
context.set_alpn_protocols(["h2", "http/1.1"])
print(context.minimum_version, ssl.Options.OP_NO_TICKET in context.options, context.get_ciphers()[0]["description"])
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
print(server.verify_mode, server.check_hostname, server.sni_callback, context.session_stats()["hits"])
plain = ssl._create_unverified_context()
print(plain.verify_mode, plain.check_hostname, server.hostname_checks_common_name)
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    old = ssl.SSLContext()
    old.options |= ssl.OP_NO_TLSv1
    old.minimum_version = ssl.TLSVersion.TLSv1
    print(old.protocol, [str(warning.message) for warning in seen])

AUTHORITY = """-----BEGIN CERTIFICATE-----
MIICozCCAkigAwIBAgIUGTegg5Q+i6tbuBifgzei+ZT62kEwCgYIKoZIzj0EAwIw
UDELMAkGA1UEBhMCQ0gxDDAKBgNVBAgMA1p1ZzEXMBUGA1UECgwOSGF0Y2hlcnkg
VGVzdHMxGjAYBgNVBAMMEWF1dGhvcml0eS5leGFtcGxlMCAXDTI2MTEyNzIwMDYx
OFoYDzIxMjYxMTAzMjAwNjE4WjBQMQswCQYDVQQGEwJDSDEMMAoGA1UECAwDWnVn
MRcwFQYDVQQKDA5IYXRjaGVyeSBUZXN0czEaMBgGA1UEAwwRYXV0aG9yaXR5LmV4
YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARgmbwxjALB4vfGsZQCNdW/
c8bntMlAFlLUc9QPJ8ixczrhrt3wcGn10ZzHscExKXMo5ZgONu3l3SZI+B2I6NGj
o4H9MIH6MB0GA1UdDgQWBBTG6HIppIVMWauIQYJnmIlEFq7g5DAfBgNVHSMEGDAW
gBTG6HIppIVMWauIQYJnmIlEFq7g5DAPBgNVHRMBAf8EBTADAQH/MEcGA1UdEQRA
MD6CEWF1dGhvcml0eS5leGFtcGxlhwQKAAABgQ1hQGV4YW1wbGUub3JnhhRodHRw
czovL2V4YW1wbGUub3JnLzAwBggrBgEFBQcBAQQkMCIwIAYIKwYBBQUHMAGGFGh0
dHA6Ly9vY3NwLmV4YW1wbGUvMCwGA1UdHwQlMCMwIaAfoB2GG2h0dHA6Ly9jcmwu
ZXhhbXBsZS9saXN0LmNybDAKBggqhkjOPQQDAgNJADBGAiEA0a7ih1VleKaO47XE
27hsiR2QDWMWO3yYvltXDt1/u0UCIQD6vXczGBV+nmSz6d/BsTAJjBR9L1/nyqmh
K04jNYU7tA==
-----END CERTIFICATE-----
"""
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
data = ssl.PEM_cert_to_DER_cert(AUTHORITY)
print(len(data), ssl.PEM_cert_to_DER_cert(ssl.DER_cert_to_PEM_cert(data)) == data)
for cadata in (AUTHORITY, data, data + data):
    context.load_verify_locations(cadata=cadata)
Path("authority.pem").write_text("a comment\n" + AUTHORITY)
context.load_verify_locations("authority.pem")
print(context.cert_store_stats())
for certificate in context.get_ca_certs():
    for key, value in sorted(certificate.items()):
        print(" ", key, value)
print(context.get_ca_certs(binary_form=True) == [data])
print(ssl.cert_time_to_seconds("Jan  5 09:34:43 2018 GMT"), ssl.Purpose.SERVER_AUTH, ssl._ASN1Object.fromname("CN"))
print(ssl.get_default_verify_paths().openssl_cafile_env, len(ssl.RAND_bytes(16)), ssl.RAND_status())
print(ssl.HAS_SNI, ssl.HAS_ALPN, ssl.HAS_TLSv1_3, ssl.HAS_SSLv2, ssl.OPENSSL_VERSION_INFO >= (1, 1, 1), ssl.OPENSSL_VERSION[:8])
print(ssl.SSLError.__mro__[1], issubclass(ssl.SSLCertVerificationError, ValueError), str(ssl.SSLError(1, "text")))
print(ssl.AlertDescription(40), ssl.SSLErrorNumber(2), ssl.TLSVersion(772), ssl.VerifyMode(1), ssl.CERT_REQUIRED)

bio = ssl.MemoryBIO()
print(bio.write(b"abcdef"), bio.pending, bio.read(2), bio.read(), bio.read(), bio.eof)
bio.write_eof()
print(bio.eof)


def attempt(call):
    try:
        return call()
    except OSError as error:
        return f"{type(error).__module__}.{type(error).__name__}: {(error.strerror or str(error)).partition(' (_ssl')[0]}"
    except Exception as error:
        return f"{type(error).__module__}.{type(error).__name__}: {str(error).partition(' (_ssl')[0]}"


for call in (
    lambda: context.load_verify_locations(),
    lambda: context.load_verify_locations("nothing.pem"),
    lambda: context.load_verify_locations(cadata=""),
    lambda: context.load_verify_locations(cadata="text"),
    lambda: context.load_verify_locations(cadata=b"bytes"),
    lambda: context.load_verify_locations(cadata=5),
    lambda: context.load_cert_chain("nothing.pem"),
    lambda: context.load_cert_chain("authority.pem"),
    lambda: context.set_ciphers("nonsense"),
    lambda: setattr(context, "verify_mode", ssl.CERT_NONE),
    lambda: setattr(context, "verify_mode", 7),
    lambda: setattr(context, "minimum_version", 12),
    lambda: ssl.SSLContext(99),
    lambda: context.set_ecdh_curve("nonsense"),
    lambda: context.set_ecdh_curve("prime256v1"),
    lambda: setattr(context, "sni_callback", print),
    lambda: setattr(server, "sni_callback", 5),
    lambda: setattr(context, "options", "x"),
    lambda: ssl.RAND_bytes(-1),
    lambda: ssl._ASN1Object("1.2.3"),
    lambda: ssl.MemoryBIO().write("text"),
    lambda: bio.write(b"late"),
    lambda: ssl.PEM_cert_to_DER_cert("text"),
    lambda: ssl.create_default_context("purpose"),
    lambda: ssl.SSLSocket(),
    lambda: setattr(context, "check_hostname", False),
    lambda: setattr(context, "verify_mode", ssl.CERT_NONE),
    lambda: context.verify_mode,
):
    print(attempt(call))
