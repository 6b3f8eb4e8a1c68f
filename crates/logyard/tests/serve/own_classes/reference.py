"""Runs logging.json of the folder that is given, with classes of its own, and writes the frames that a stock
SocketHandler would send of the same records to frames.bin."""

import json
import logging
import logging.config
import logging.handlers
import os
import sys
import time
import types

try:
    from pythonjsonlogger.json import JsonFormatter
except ImportError:
    JsonFormatter = logging.Formatter  # the configurations without it don't need it


class Request(logging.Formatter):
    default_time_format = "%d.%m.%Y %H:%M:%S"
    default_msec_format = "%s.%03d"
    converter = time.gmtime

    def __init__(self, fmt=None, datefmt=None, style="%"):
        super().__init__(fmt or "%(asctime)s [%(levelname)s] %(name)s: %(message)s", datefmt, style)


class Json(JsonFormatter):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("fmt", "%(asctime)s %(levelname)s %(message)s")
        kwargs.setdefault("rename_fields", {"levelname": "level"})
        super().__init__(*args, static_fields={"app": "shop"}, **kwargs)


class Short(logging.Formatter):
    default_msec_format = None


class File(logging.FileHandler):
    terminator = " |\n"

    def __init__(self, filename, app=None):
        super().__init__(filename, encoding="latin-1")


class Rolling(logging.handlers.RotatingFileHandler):
    def __init__(self, filename, maxBytes=100):
        super().__init__(filename, maxBytes=maxBytes, backupCount=2)


class Context(logging.Filter):
    def __init__(self, header):
        super().__init__()

    def filter(self, record):
        return True


class Shop(logging.Filter):
    def __init__(self):
        super().__init__("shop")


module = types.ModuleType("myapp.logs")
for each in (Request, Json, Short, File, Rolling, Context, Shop):
    setattr(module, each.__name__, each)
package = types.ModuleType("myapp")
package.logs = module
sys.modules.update({"myapp": package, "myapp.logs": module})

os.chdir(sys.argv[1])
os.environ["TZ"] = "UTC"  # as the server's
time.tzset()
with open("logging.json", encoding="utf-8") as file:
    logging.config.dictConfig(json.load(file))
sender = logging.handlers.SocketHandler("localhost", 1)
with open("frames.bin", "wb") as frames:
    for number in range(12):
        name = ("shop", "shop.cart", "other")[number % 3]
        record = logging.makeLogRecord({
            "name": name,
            "msg": "caf\xe9 %d",
            "args": (number,),
            "levelno": 20,
            "levelname": "INFO",
            "created": 1700000000.5 + number,
            "msecs": 500.0,
        })
        frames.write(sender.makePickle(record))
        logging.getLogger(name).handle(record)
logging.shutdown()
