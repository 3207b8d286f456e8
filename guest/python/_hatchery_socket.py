"""What the socket module needs beside the C part that WASI has of it.

Programs that never use the network ask for the machine's name (email for message ids, mailbox for
file names, uuid, urllib for local files), and have addresses read and written.
"""

import _socket


def gethostname():
    """The name of this machine: there is only this one."""
    return "localhost"


def inet_ntoa(packed_ip, /):
    """An IPv4 address of 4 bytes as a text."""
    packed = memoryview(packed_ip).tobytes()
    if len(packed) != 4:
        raise OSError("packed IP wrong length")
    return ".".join(map(str, packed))


def inet_pton(address_family, ip_string, /):
    """The bytes of an address that is written as a text."""
    if address_family != _socket.AF_INET6:
        return _inet_pton(address_family, ip_string)
    if not isinstance(ip_string, str):
        raise TypeError(f"inet_pton() argument 2 must be str, not {type(ip_string).__name__}")
    packed = _pack_v6(ip_string)
    if packed is None:
        raise OSError("illegal IP address string passed to inet_pton")
    return packed


def inet_ntop(address_family, packed_ip, /):
    """The text of an address that is given as bytes."""
    if address_family != _socket.AF_INET6:
        return _inet_ntop(address_family, packed_ip)
    packed = memoryview(packed_ip).tobytes()
    if len(packed) != 16:
        raise ValueError("invalid length of packed IP address string")
    groups = [int.from_bytes(packed[i : i + 2]) for i in range(0, 16, 2)]
    start, length = _longest_zeros(groups)
    # As glibc writes what stands for an IPv4 address.
    if start == 0 and (length == 6 or length == 5 and groups[5] == 0xFFFF):
        return ("::" if length == 6 else "::ffff:") + inet_ntoa(packed[12:])
    texts = [f"{group:x}" for group in groups]
    if length < 2:
        return ":".join(texts)
    return ":".join(texts[:start]) + "::" + ":".join(texts[start + length :])


def _longest_zeros(groups):
    best = 0, 0
    start = 0
    for i, group in enumerate(groups):
        if group:
            start = i + 1
        elif i + 1 - start > best[1]:
            best = start, i + 1 - start
    return best


def _pack_groups(text, ends_address):
    """The bytes of groups with colons between them; None when there is another text."""
    packed = b""
    parts = text.split(":") if text else []
    for i, part in enumerate(parts):
        if ends_address and i == len(parts) - 1 and "." in part:
            numbers = part.split(".")
            if len(numbers) != 4 or not all(
                n.isascii() and n.isdecimal() and len(n) <= 3 and int(n) < 256 and (n == "0" or n[0] != "0")
                for n in numbers
            ):
                return None
            packed += bytes(map(int, numbers))
        elif 1 <= len(part) <= 4 and all(c in "0123456789abcdefABCDEF" for c in part):
            packed += int(part, 16).to_bytes(2)
        else:
            return None
    return packed


def _pack_v6(text):
    left, gap, right = text.partition("::")
    head = _pack_groups(left, ends_address=not gap)
    tail = _pack_groups(right, ends_address=True)
    if head is None or tail is None:
        return None
    missing = 16 - len(head) - len(tail)
    if missing < 2 if gap else missing:
        return None
    return head + bytes(missing) + tail


_inet_pton, _inet_ntop = _socket.inet_pton, _socket.inet_ntop
_socket.gethostname = gethostname
_socket.inet_ntoa = inet_ntoa
_socket.inet_pton, _socket.inet_ntop = inet_pton, inet_ntop
