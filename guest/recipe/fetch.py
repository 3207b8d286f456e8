"""Downloads one file: fetch.py URL DESTINATION. Certificates come from the system,
or from the file that SSL_CERT_FILE, REQUESTS_CA_BUNDLE or PIP_CERT names."""

import os
import shutil
import ssl
import sys
import urllib.request

url, destination = sys.argv[1:]
bundle = next(filter(None, map(os.environ.get, ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"))), None)
try:
    context = ssl.create_default_context(cafile=bundle)
    with urllib.request.urlopen(url, timeout=30, context=context) as response:
        with open(destination, "wb") as file:
            shutil.copyfileobj(response, file, 1 << 20)
except OSError as error:
    sys.exit(str(error))
