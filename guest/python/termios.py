"""Terminals, of which a sandbox has none: every call fails with ENOTTY, as it does elsewhere for
what is no terminal. The numbers are Linux's, for programs that name them."""

import errno as _errno
import os as _os

VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP, VSUSP, VEOL = range(12)
VSWTCH = VSWTC
VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2 = range(12, 17)
NCCS = 32

IGNBRK, BRKINT, IGNPAR, PARMRK, INPCK, ISTRIP, INLCR, IGNCR, ICRNL, IUCLC = (1 << n for n in range(10))
IXON, IXANY, IXOFF, IMAXBEL, IUTF8 = (1 << n for n in range(10, 15))

OPOST, OLCUC, ONLCR, OCRNL, ONOCR, ONLRET, OFILL, OFDEL = (1 << n for n in range(8))
NLDLY, NL0, NL1 = 0o400, 0, 0o400
CRDLY, CR0, CR1, CR2, CR3 = 0o3000, 0, 0o1000, 0o2000, 0o3000
TABDLY, TAB0, TAB1, TAB2, TAB3, XTABS = 0o14000, 0, 0o4000, 0o10000, 0o14000, 0o14000
BSDLY, BS0, BS1 = 0o20000, 0, 0o20000
FFDLY, FF0, FF1 = 0o100000, 0, 0o100000
VTDLY, VT0, VT1 = 0o40000, 0, 0o40000

CSIZE, CS5, CS6, CS7, CS8 = 0o60, 0, 0o20, 0o40, 0o60
CSTOPB, CREAD, PARENB, PARODD, HUPCL, CLOCAL = (1 << n for n in range(6, 12))
CRTSCTS = 0o20000000000
CBAUD, CBAUDEX, CIBAUD = 0o10017, 0o10000, 0o2003600000
B0, B50, B75, B110, B134, B150, B200, B300, B600, B1200, B1800, B2400, B4800, B9600, B19200, B38400 = range(16)
EXTA, EXTB = B19200, B38400
(
    B57600, B115200, B230400, B460800, B500000, B576000, B921600, B1000000, B1152000, B1500000,
    B2000000, B2500000, B3000000, B3500000, B4000000,
) = range(0o10001, 0o10020)  # fmt: skip

ISIG, ICANON, XCASE, ECHO, ECHOE, ECHOK, ECHONL, NOFLSH, TOSTOP, ECHOCTL, ECHOPRT, ECHOKE, FLUSHO = (
    1 << n for n in range(13)
)
PENDIN, IEXTEN, EXTPROC = 0o40000, 0o100000, 0o200000

TCSANOW, TCSADRAIN, TCSAFLUSH = range(3)
TCIFLUSH, TCOFLUSH, TCIOFLUSH = range(3)
TCOOFF, TCOON, TCIOFF, TCION = range(4)

TIOCGWINSZ, TIOCSWINSZ, TIOCGPGRP, TIOCSPGRP, FIONREAD, TIOCINQ = 0x5413, 0x5414, 0x540F, 0x5410, 1, 1
TIOCSCTTY, TIOCNOTTY, TIOCSTI, TIOCOUTQ, TIOCEXCL, TIOCNXCL, FIONBIO = (
    0x540E, 0x5422, 0x5412, 0x5411, 0x540C, 0x540D, 2,
)  # fmt: skip


class error(Exception):
    """What every call raises here."""

    __module__ = "termios"


def _refuse(fd):
    if hasattr(fd, "fileno"):
        fd = fd.fileno()
    if not hasattr(fd, "__index__"):
        raise TypeError("argument must be an int, or have a fileno() method.")
    try:
        _os.fstat(fd)
    except OSError as closed:
        raise error(closed.errno, closed.strerror) from None
    raise error(_errno.ENOTTY, "Inappropriate ioctl for device")


def tcgetattr(fd, /):
    """The settings of a terminal."""
    _refuse(fd)


def tcsetattr(fd, when, attributes, /):
    """Sets them."""
    if not isinstance(attributes, list) or len(attributes) != 7:
        raise TypeError("tcsetattr, arg 3: must be 7 element list")
    _refuse(fd)


def tcsendbreak(fd, duration, /):
    """Sends a break."""
    _refuse(fd)


def tcdrain(fd, /):
    """Waits for the end of the output."""
    _refuse(fd)


def tcflush(fd, queue, /):
    """Forgets what is in a queue."""
    _refuse(fd)


def tcflow(fd, action, /):
    """Holds input or output up."""
    _refuse(fd)


def tcgetwinsize(fd, /):
    """How many rows and columns there are."""
    _refuse(fd)


def tcsetwinsize(fd, winsize, /):
    """Sets that."""
    _refuse(fd)
