import logging
import logging.handlers
import os
import tempfile

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "app.log")
    logger = logging.getLogger("rotating")
    logger.setLevel(logging.DEBUG)
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=200, backupCount=3)
    handler.setFormatter(logging.Formatter("%(levelname)-8s %(name)s: %(message)s"))
    logger.addHandler(handler)
    for number in range(20):
        logger.log(logging.INFO if number % 3 else logging.WARNING, "message number %d", number)
    handler.close()
    logger.removeHandler(handler)
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name)) as file:
            lines = file.read().splitlines()
        print(name, len(lines), lines[0], "|", lines[-1])
