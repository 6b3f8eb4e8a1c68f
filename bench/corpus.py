"""Makes real SocketHandler frames, as the workers of a web service would send them.

    python3 corpus.py COUNT FRAMES [CONFIG FOLDER]

COUNT records go to the file FRAMES, each as its 4-byte length and its pickle, made by the stock
SocketHandler. With CONFIG (for fileConfig) and FOLDER, the text that CPython's logging writes for
these records by that configuration goes to files in FOLDER: what a server has to write.

The same COUNT gives the same records, but for their times.
"""
import datetime
import decimal
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

    def __init__(self, out):
        super().__init__('127.0.0.1', 9020)
        self.out = out

    def emit(self, record):
        self.out.write(self.makePickle(record))


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


MIX = [(0.55, access_line), (0.25, order_with_extra), (0.10, cache_miss), (0.06, late_payment),
       (0.03, timeout), (0.01, traceback)]


def write_frames(count, path):
    random.seed(7)
    weights = [weight for weight, _ in MIX]
    kinds = [kind for _, kind in MIX]
    with open(path, 'wb') as out:
        handler = FrameWriter(out)
        loggers = [logging.getLogger(name) for name in NAMES]
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
    logging.config.fileConfig(config, disable_existing_loggers=False)
    for payload in frames(path):
        record = logging.makeLogRecord(pickle.loads(payload))
        logging.getLogger(record.name).handle(record)
    logging.shutdown()


def main():
    if len(sys.argv) not in (3, 5):
        sys.exit(__doc__)
    write_frames(int(sys.argv[1]), sys.argv[2])
    if len(sys.argv) == 5:
        write_expected(*sys.argv[2:])


if __name__ == '__main__':
    main()
