"""Runs scripts on CPython's handlers, one script a line, and answers with the tree of files.

A script is `HANDLER;STEP;STEP;…`, words separated by spaces. Handlers:
`file MODE ENCODING ERRORS DELAY`, `watched …` (the same), `sized ENCODING ERRORS DELAY MAX KEEP`,
`timed ENCODING ERRORS DELAY WHEN INTERVAL KEEP UTC AT ZONE`. Steps: `clock SECONDS`, `write HEX…`
(UTF-8 with surrogates as their three bytes), `restart AGE` (the file's
last change is that many seconds ago), `remove NAME`, `move FROM TO`,
`create NAME` and `truncate NAME`.
`encode ENCODING ERRORS HEX…` answers with each text's bytes, or `-` where it is refused; `names`
with all names of text codecs, each as NAME=CODEC.
"""

import codecs
import datetime
import encodings.aliases
import logging.handlers
import os
import pkgutil
import sys
import tempfile
import time

now = 0
time.time = lambda: now
logging.raiseExceptions = False
handlers = logging.handlers


def datable(cls):
    """The class, but a file that it makes gets the clock's time, not the real one."""
    class Datable(cls):
        def _open(self):
            new = not os.path.exists(self.baseFilename)
            stream = super()._open()
            if new:
                os.utime(self.baseFilename, (now, now))
            return stream
    return Datable


def make(path, kind, *args):
    if kind in ('file', 'watched'):
        mode, encoding, errors, delay = args
        cls = logging.FileHandler if kind == 'file' else handlers.WatchedFileHandler
        return cls(path, mode, encoding, delay == '1', errors)
    encoding, errors, delay, *rest = args
    common = dict(encoding=encoding, delay=delay == '1')
    if sys.version_info >= (3, 9):
        common['errors'] = errors
    if kind == 'sized':
        size, keep = map(int, rest)
        return handlers.RotatingFileHandler(path, maxBytes=size, backupCount=keep, **common)
    when, interval, keep, utc, at, zone = rest
    if os.environ.get('TZ') != zone:
        os.environ['TZ'] = zone
        time.tzset()
    at = int(at)
    at = None if at < 0 else datetime.time(at // 3600, at // 60 % 60, at % 60)
    return datable(handlers.TimedRotatingFileHandler)(
        path, when, int(interval), int(keep), utc=utc == '1', atTime=at, **common)


def run(folder, script):
    global now
    now = 1_000_000_000
    words, *steps = [step.split(' ') for step in script.split(';')]
    base = os.path.join(folder, 'a.log')
    handler = make(base, *words)
    for step, *args in steps:
        paths = [os.path.join(folder, name) for name in args] if step not in ('write', 'restart') else []
        if step == 'clock':
            now = int(args[0])
        elif step == 'write':
            for text in args:
                text = bytes.fromhex(text).decode('utf-8', 'surrogatepass')
                handler.handle(logging.makeLogRecord({'msg': text}))
        elif step == 'restart':
            handler.close()
            if os.path.exists(base):
                os.utime(base, (now - int(args[0]),) * 2)
            handler = make(base, *words)
        elif step == 'remove' and os.path.exists(paths[0]):
            os.remove(paths[0])
        elif step == 'move' and os.path.exists(paths[0]):
            os.rename(*paths)
        elif step == 'create':
            with open(paths[0], 'a') as f:
                f.write('foreign\n')
        elif step == 'truncate' and os.path.exists(paths[0]):
            os.truncate(paths[0], 0)
    handler.close()
    out = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), 'rb') as f:
            out.append(name + '=' + f.read().hex())
    return ' '.join(out)


def encode(encoding, errors, *texts):
    out = []
    for text in texts:
        try:
            text = bytes.fromhex(text).decode('utf-8', 'surrogatepass')
            out.append(text.encode(encoding, errors).hex() or '=')
        except UnicodeEncodeError:
            out.append('-')
    return ' '.join(out)


def names():
    modules = [module.name for module in pkgutil.iter_modules(encodings.__path__)]
    out = []
    for name in sorted({*modules, *encodings.aliases.aliases, 'no-such', 'ISO_8859-1', 'Utf 8',
                        'iso.8859.1', 'utf.8', '_utf8_'}):
        try:
            codec = codecs.lookup(name)
            text = codec._is_text_encoding
        except LookupError:
            text = False
        out.append(f"{name.replace(' ', '~')}={codec.name if text else '-'}")
    return ' '.join(out)


for line in sys.stdin:
    line = line.rstrip('\n')
    if line.startswith('encode '):
        print(encode(*line.split(' ')[1:]), flush=True)
    elif line == 'names':
        print(names(), flush=True)
    else:
        with tempfile.TemporaryDirectory() as folder:
            print(run(folder, line), flush=True)
