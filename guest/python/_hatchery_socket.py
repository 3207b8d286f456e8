"""What the socket module needs beside the C part that WASI has of it.

Programs that never use the network ask for the machine's name: email for message ids, mailbox
for file names, uuid, urllib for local files.
"""

import _socket


def gethostname():
    """The name of this machine: there is only this one."""
    return "localhost"


_socket.gethostname = gethostname
