# What services log, all in one: levels, arguments, extras, exceptions, other scripts, long lines. The case sets
# `names` (loggers, taken in turn), and may set `extra` (for every record) and `first` (the one to begin with).
# Runs in CPython 2.7, too.
import sys

extra = globals().get("extra", {})
first = globals().get("first", 0)


def fail(depth):
    if depth:
        return fail(depth - 1)
    return {"a": 1}[u"missing"]


def handled(logger, **more):
    try:
        fail(2)
    except KeyError:
        logger.exception("could not read %s", "a", extra=dict(extra, **more))


def chained(logger):
    try:
        try:
            fail(0)
        except KeyError:
            raise ValueError(u"not a number: 'caf\u00e9'")
    except ValueError:
        logger.error("gave up after %d tries", 3, exc_info=True, extra=extra)


def stack(logger):
    more = {"stack_info": True} if sys.version_info[0] > 2 else {}
    logger.warning("who calls this?", extra=extra, **more)


events = [
    lambda logger: logger.info("started in %.3f s", 0.5, extra=extra),
    lambda logger: logger.debug("SELECT * FROM orders WHERE id = %s LIMIT %s", 42, None, extra=extra),
    lambda logger: logger.info('%s - "%s %s HTTP/%s" %d', "10.0.0.7:51234", "GET", "/orders?page=2", "1.1", 200,
                               extra=extra),
    lambda logger: logger.warning(u"slow query: %d ms, caf\u00e9 \u65e5\u672c \U0001f600", 1250, extra=extra),
    handled,
    lambda logger: logger.info("100% done", extra=extra),
    lambda logger: logger.error("payment %(id)s refused: %(reason)s", {"id": "p-1", "reason": "limit"}, extra=extra),
    lambda logger: logger.log(15, "between two levels", extra=extra),
    lambda logger: logger.info("two\nlines", extra=extra),
    chained,
    lambda logger: logger.critical("out of memory: %r", (1, "two", [3.0, None], {"k": True}), extra=extra),
    lambda logger: logger.info("", extra=extra),
    stack,
    lambda logger: logger.info("x" * 300, extra=extra),
    lambda logger: logger.debug("cache %s: %r", "miss", b"k\x00\xff"[:2].decode("latin-1"), extra=extra),
    lambda logger: logger.warning("it's \"quoted\" \\ and\ttabbed", extra=extra),
]

for number in range(len(events)):
    tick(0.37)
    events[(first + number) % len(events)](log(names[number % len(names)]))
