import http.client
import ipaddress
import socket
import ssl
import urllib.error
import urllib.request

print(socket.inet_pton(socket.AF_INET6, "fe80::1").hex(), socket.inet_ntop(socket.AF_INET6, bytes(15) + b"\x01"), socket.inet_aton("127.1").hex())
for wrong in ("1.2.3", "::g", "1::2::3", "256.1.1.1"):
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in wrong else socket.AF_INET, wrong)
    except OSError as error:
        print(wrong, error)
network = ipaddress.ip_network("10.0.0.0/29")
print(list(network.hosts())[:3], ipaddress.ip_address("10.0.0.5") in network, ipaddress.ip_address("::ffff:1.2.3.4").ipv4_mapped, network.broadcast_address)
print(socket.htons(1), socket.ntohl(1), socket.AF_INET.name, socket.SOCK_STREAM.name, http.client.responses[404])
request = urllib.request.Request("https://example.org/x", data=b"a=1", headers={"User-Agent": "t"})
print(request.get_method(), request.host, request.get_header("User-agent"))
context = ssl.create_default_context()
print(context.verify_mode.name, context.check_hostname, context.minimum_version.name, ssl.HAS_SNI, issubclass(ssl.SSLCertVerificationError, ssl.SSLError))
try:
    urllib.request.urlopen("ftp2://x")
except urllib.error.URLError as error:
    print(error.reason)
with urllib.request.urlopen("data:text/plain;base64,aGVsbG8=") as response:
    print(response.read(), response.headers.get_content_type())
