"""Answers questions about CPython's rotating handlers, one line in, one line out.

`at ZONE WHEN INTERVAL UTC AT_TIME START`: computeRollover. `roll …`: the tree after doRollover.
Fields are separated by tabs; AT_TIME is seconds after midnight or `-`.
"""

import datetime
import logging.handlers
import os
import sys
import tempfile
import time

now = 0
real_time = time.time
time.time = lambda: now


def set_zone(name):
    if os.environ.get('TZ') != name:
        os.environ['TZ'] = name
        time.tzset()


def timed(path, when, interval, keep, utc, at_time):
    at = None
    if at_time != '-':
        s = int(at_time)
        at = datetime.time(s // 3600, s // 60 % 60, s % 60)
    return logging.handlers.TimedRotatingFileHandler(
        path, when, int(interval), int(keep), delay=True, utc=utc == '1', atTime=at)


def tree(folder):
    """Each name with its content, sorted; a link that leads nowhere has the content `->`."""
    out = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        content = open(path).read() if os.path.exists(path) else '->'
        out.append(name + '=' + content)
    return '|'.join(out).replace('\n', '\\n')


def fill(folder, names):
    for number, name in enumerate(filter(None, names.split('|'))):
        path = os.path.join(folder, name[:-1] if name.endswith('@') else name)
        if name.endswith('@'):
            os.symlink('nowhere', path)
        else:
            with open(path, 'w') as f:
                f.write(str(number))


def answer(kind, *args):
    global now
    if kind == 'at':
        zone, when, interval, utc, at_time, start = args
        set_zone(zone)
        handler = timed('/nonexistent/a.log', when, interval, 0, utc, at_time)
        return str(handler.computeRollover(int(start)))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.log')
        if kind == 'time':
            zone, when, interval, keep, utc, at_time, now_text, rollover_at, names = args
            set_zone(zone)
            now = int(now_text)
            fill(folder, names)
            handler = timed(path, when, interval, keep, utc, at_time)
            handler.rolloverAt = int(rollover_at)
            handler.doRollover()
            return str(handler.rolloverAt) + '\t' + tree(folder)
        keep, names = args
        fill(folder, names)
        handler = logging.handlers.RotatingFileHandler(path, 'a', 1, int(keep), delay=True)
        handler.doRollover()
        return tree(folder)


for line in sys.stdin:
    print(answer(*line.rstrip('\n').replace('\\n', '\n').split('\t')), flush=True)
