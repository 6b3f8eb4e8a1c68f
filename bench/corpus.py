"""Makes real SocketHandler frames, as the workers of a web service would send them.

    python3 corpus.py COUNT FRAMES [--mix MIX] [--protocol N] [--config CONFIG --folder FOLDER]
                                   [--loggers L --files F]

COUNT records go to the file FRAMES, each as its 4-byte length and its pickle, made by the stock
SocketHandler (which has protocol 1; with another one, its pickle is made again). With CONFIG (for
fileConfig) and FOLDER, the text that CPython's logging writes for these records by that configuration
goes to files in FOLDER/logs: what a server has to write. FOLDER/json then has the same records as lines of
JSON, for servers that read no pickles: all attributes, and `asctime` and `message` already made by
Python, the latter with the traceback and the stack.

With L and F, the records are of L loggers, and CONFIG (for dictConfig) is made: F files, five formats.

The same COUNT and MIX give the same records, but for their times.
"""
import argparse
import datetime
import decimal
import json
import logging
import logging.config
import logging.handlers
import os
import pickle
import random
import struct
import sys
import uuid

NAMES = ['serving', 'webhook', 'serving.model', 'django.request', 'orders.api', 'root']
PATHS = ['/api/v1/orders/%d', '/healthz', '/api/v1/users/%d/profile', '/static/app.js',
         '/predict?model=%d']


class FrameWriter(logging.handlers.SocketHandler):
    """A SocketHandler whose socket is a file."""

    def __init__(self, out, protocol):
        super().__init__('127.0.0.1', 9020)
        self.out = out
        self.protocol = protocol

    def emit(self, record):
        frame = self.makePickle(record)
        if self.protocol != 1:
            payload = pickle.dumps(pickle.loads(frame[4:]), self.protocol)
            frame = struct.pack('>L', len(payload)) + payload
        self.out.write(frame)


def access_line(logger):
    path = random.choice(PATHS)
    if '%d' in path:
        path = path % random.randrange(10**6)
    logger.info('%s - "%s %s HTTP/1.1" %d %d %.3fms',
                '10.0.%d.%d' % (random.randrange(255), random.randrange(255)),
                random.choice(['GET', 'POST']), path, random.choice([200, 200, 200, 201, 404, 500]),
                random.randrange(20000), random.random() * 300)


def order_with_extra(logger):
    logger.info('order %s accepted for user %s',
                uuid.UUID(int=random.getrandbits(128)), random.randrange(10**6),
                extra={'request_id': '%032x' % random.getrandbits(128),
                       'user_id': random.randrange(10**6)})


def cache_miss(logger):
    logger.debug('cache miss key=%r ttl=%s', ('user', random.randrange(10**5)), 300)


def late_payment(logger):
    logger.warning('付款延迟 %d 毫秒 — retry %d/5', random.randrange(1000), random.randrange(5),
                   extra={'amount': decimal.Decimal('19.99'),
                          'at': datetime.datetime(2026, 11, 22, 7, 0, 0)})


def timeout(logger):
    logger.error('upstream timeout after %ss', 30, stack_info=random.random() < .2)


def traceback(logger):
    try:
        {}['missing']
    except KeyError:
        logger.exception('unhandled')


def many_extras(logger):
    logger.info('checkout finished',
                extra={'request_id': '%032x' % random.getrandbits(128), 'user_id': random.randrange(10**6),
                       'cart': [random.randrange(10**5) for _ in range(4)], 'total': random.random() * 500,
                       'currency': 'EUR', 'express': random.random() < .5, 'coupon': None,
                       'tags': {'country': 'DE', 'shop': 'b2c'}})


def foreign(logger):
    logger.info('Zahlung über %s von %s 已收到 — спасибо 🎉', '%.2f €' % (random.random() * 900),
                random.choice(['Jürgen Müller', 'Ольга', '王秀英', 'Zoë']))


MIXES = {
    'mixed': [(0.55, access_line), (0.25, order_with_extra), (0.10, cache_miss), (0.06, late_payment),
              (0.03, timeout), (0.01, traceback)],
    'access': [(1, access_line)],
    'extra': [(1, many_extras)],
    'traceback': [(0.5, traceback), (0.5, timeout)],
    'foreign': [(1, foreign)],
}


FORMATS = [
    {'format': '%(asctime)s-%(levelname)s: %(message)s', 'datefmt': '%Y-%m-%d %H:%M:%S%z'},
    {'format': '%(asctime)s %(name)s[%(process)d] %(levelname)-8s %(message)s'},
    {'format': '{asctime} {levelname:>8} {module}:{lineno:04d} {message}', 'style': '{'},
    {'format': '$asctime $threadName $name $message', 'style': '$'},
    {'format': '%(asctime)s.%(msecs)03d %(pathname)s:%(lineno)d %(funcName)s() %(message)s',
     'datefmt': '%Y-%m-%d %H:%M:%S'},
]


def many_loggers(loggers, files):
    return {
        'version': 1,
        'disable_existing_loggers': False,
        'formatters': {'f%d' % n: fmt for n, fmt in enumerate(FORMATS)},
        'handlers': {'h%d' % n: {'class': 'logging.handlers.TimedRotatingFileHandler', 'when': 'midnight',
                                 'filename': './logs/file%d.log' % n, 'formatter': 'f%d' % (n % len(FORMATS))}
                     for n in range(files)},
        'loggers': {'service%d.part' % n: {'level': 'DEBUG', 'handlers': ['h%d' % (n % files)], 'propagate': False}
                    for n in range(loggers)},
    }


def write_frames(count, path, mix, protocol, names):
    random.seed(7)
    weights = [weight for weight, _ in MIXES[mix]]
    kinds = [kind for _, kind in MIXES[mix]]
    with open(path, 'wb') as out:
        handler = FrameWriter(out, protocol)
        loggers = [logging.getLogger(name) for name in names]
        for logger in loggers:
            logger.setLevel(1)
            logger.propagate = False
            logger.addHandler(handler)
        for kind in random.choices(kinds, weights, k=count):
            kind(random.choice(loggers))
        for logger in loggers:
            logger.removeHandler(handler)
            logger.propagate = True


def frames(path):
    with open(path, 'rb') as source:
        while True:
            head = source.read(4)
            if not head:
                return
            yield source.read(struct.unpack('>L', head)[0])


def write_expected(path, config, folder):
    path, config = os.path.abspath(path), os.path.abspath(config)
    os.makedirs(os.path.join(folder, 'logs'))
    os.chdir(folder)
    if config.endswith('.json'):
        with open(config) as source:
            logging.config.dictConfig(json.load(source))
    else:
        logging.config.fileConfig(config, disable_existing_loggers=False)
    formatter = logging.Formatter(FORMATS[0]['format'], FORMATS[0]['datefmt'])
    with open('json', 'w', encoding='utf-8') as lines:
        for payload in frames(path):
            record = logging.makeLogRecord(pickle.loads(payload))
            logging.getLogger(record.name).handle(record)
            fields = dict(vars(record), message=record.getMessage(), asctime=formatter.formatTime(record, formatter.datefmt))
            text = [fields['message'], record.exc_text, record.stack_info]
            fields['message'] = '\n'.join(part for part in text if part)
            lines.write(json.dumps(fields, ensure_ascii=False, default=str) + '\n')
    logging.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('count', type=int)
    parser.add_argument('frames')
    parser.add_argument('--mix', choices=MIXES, default='mixed')
    parser.add_argument('--protocol', type=int, default=1)
    parser.add_argument('--config')
    parser.add_argument('--folder')
    parser.add_argument('--loggers', type=int, default=0)
    parser.add_argument('--files', type=int, default=1)
    arguments = parser.parse_args()
    names = NAMES
    if arguments.loggers:
        config = many_loggers(arguments.loggers, arguments.files)
        with open(arguments.config, 'w') as out:
            json.dump(config, out, indent=1)
        names = list(config['loggers'])
    write_frames(arguments.count, arguments.frames, arguments.mix, arguments.protocol, names)
    if arguments.config:
        write_expected(arguments.frames, arguments.config, arguments.folder)


if __name__ == '__main__':
    main()
