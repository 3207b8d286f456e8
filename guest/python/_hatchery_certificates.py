"""X.509 certificates (RFC 5280) as the dicts that ``ssl`` shows. They are read, and nothing of them is verified."""

import binascii
import re

import _hatchery_objects

_SUBJECT_ALT_NAME, _BASIC_CONSTRAINTS = "2.5.29.17", "2.5.29.19"
_AUTHORITY_ACCESS, _CRL_POINTS = "1.3.6.1.5.5.7.1.1", "2.5.29.31"
_OCSP, _CA_ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_PEM = re.compile(r"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----(.*?)-----END (?:X509 |TRUSTED )?CERTIFICATE-----", re.S)


def from_pem(text):
    """The certificates of a PEM text, as DER. ValueError for one that is none."""
    found = []
    for body in _PEM.findall(text):
        try:
            data = binascii.a2b_base64(body.encode("ascii"), strict_mode=False)
        except (binascii.Error, UnicodeEncodeError):
            raise ValueError("bad base64 decode") from None
        read(data)
        found.append(data)
    return found


def from_der(data):
    """The certificates that lie one after the other in ``data``. ValueError for one that is none."""
    found, at = [], 0
    while at < len(data):
        _tag, _start, end = _element(data, at)
        read(data[at:end])
        found.append(data[at:end])
        at = end
    return found


def read(data):
    """What a certificate says, and whether it may issue others."""
    try:
        return _certificate(data)
    except (IndexError, UnicodeDecodeError, ValueError):
        raise ValueError("not enough data") from None


def _element(data, at):
    """The tag of a DER element, and where what is in it begins and ends."""
    tag, length = data[at], data[at + 1]
    start = at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 0 < count <= 4:
            raise ValueError("length")
        length = int.from_bytes(data[start : start + count])
        start += count
    if start + length > len(data):
        raise ValueError("length")
    return tag, start, start + length


def _children(data):
    at, found = 0, []
    while at < len(data):
        tag, start, end = _element(data, at)
        found.append((tag, data[start:end]))
        at = end
    return found


def _oid(data):
    numbers, number = [], 0
    for byte in data:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _text(tag, data):
    encoding = {0x1E: "utf-16-be", 0x1C: "utf-32-be", 0x0C: "utf-8"}.get(tag, "latin-1")
    return data.decode(encoding)


def _name(data):
    return tuple(
        tuple(
            (_hatchery_objects.long_name(_oid(kind)), _text(tag, value))
            for (_tag, kind), (tag, value) in (_children(pair)[:2] for _tag, pair in _children(group))
        )
        for _tag, group in _children(data)
    )


def _time(tag, data):
    text = data.decode("ascii").rstrip("Z")
    if tag == 0x17:
        text = ("19" if text[0] >= "5" else "20") + text
    month, day = _MONTHS[int(text[4:6]) - 1], int(text[6:8])
    return f"{month} {day:2d} {text[8:10]}:{text[10:12]}:{text[12:14]} {text[:4]} GMT"


def _general_name(tag, data):
    kind = tag & 0x1F
    if kind in (1, 2, 6):
        return {1: "email", 2: "DNS", 6: "URI"}[kind], data.decode("latin-1")
    if kind == 4:
        return "DirName", _name(_children(data)[0][1])
    if kind == 7 and len(data) == 4:
        return "IP Address", ".".join(map(str, data))
    if kind == 7 and len(data) == 16:
        return "IP Address", ":".join(f"{int.from_bytes(data[i : i + 2]):X}" for i in range(0, 16, 2))
    if kind == 8:
        return "Registered ID", _oid(data)
    return {0: "othername", 3: "X400Name", 5: "EdiPartyName"}.get(kind, "<invalid>"), "<unsupported>"


def _certificate(data):
    tag, start, end = _element(data, 0)
    if tag != 0x30 or end != len(data):
        raise ValueError("no sequence")
    (tag, signed), _algorithm, _signature = _children(data[start:end])
    fields = _children(signed)
    version = 1
    if fields[0][0] == 0xA0:
        version += int.from_bytes(_children(fields.pop(0)[1])[0][1])
    serial, _algorithm, issuer, validity, subject, _key, *rest = fields
    first, last = _children(validity[1])
    number = f"{int.from_bytes(serial[1], signed=True):X}"
    shown = {
        "subject": _name(subject[1]),
        "issuer": _name(issuer[1]),
        "version": version,
        "serialNumber": number if len(number) % 2 == 0 else "0" + number,
        "notBefore": _time(*first),
        "notAfter": _time(*last),
    }
    issues = version == 1 and shown["subject"] == shown["issuer"]
    extensions = {}
    for tag, content in rest:
        if tag == 0xA3:
            for _tag, extension in _children(_children(content)[0][1]):
                parts = _children(extension)
                extensions[_oid(parts[0][1])] = parts[-1][1]
    if _BASIC_CONSTRAINTS in extensions:
        inner = _children(_children(extensions[_BASIC_CONSTRAINTS])[0][1])
        issues = bool(inner) and inner[0][0] == 1 and inner[0][1] != b"\0"
    if _SUBJECT_ALT_NAME in extensions:
        names = _children(_children(extensions[_SUBJECT_ALT_NAME])[0][1])
        shown["subjectAltName"] = tuple(_general_name(*name) for name in names)
    shown.update(_places(extensions))
    return shown, issues


def _places(extensions):
    """Where a certificate says that more about it is to be had."""
    found = {}
    if _AUTHORITY_ACCESS in extensions:
        for _tag, access in _children(_children(extensions[_AUTHORITY_ACCESS])[0][1]):
            (_tag, kind), (tag, place) = _children(access)
            key = {_OCSP: "OCSP", _CA_ISSUERS: "caIssuers"}.get(_oid(kind))
            if key and tag == 0x86:
                found.setdefault(key, []).append(place.decode("latin-1"))
    if _CRL_POINTS in extensions:
        for _tag, point in _children(_children(extensions[_CRL_POINTS])[0][1]):
            for tag, name in _children(point):
                for _tag, full in _children(name) if tag == 0xA0 else ():
                    places = [place.decode("latin-1") for kind, place in _children(full) if kind == 0x86]
                    found.setdefault("crlDistributionPoints", []).extend(places)
    return {key: tuple(places) for key, places in found.items()}
