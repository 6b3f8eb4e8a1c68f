"""A client of the chaos test: python.py stock|logyard SOCKET NUMBER PAUSE SPOOL

Numbers records, in batches of five after each pause, until stdin is closed, and says on stdout how many there
were and how long the slowest call took, in microseconds.
"""

import logging
import logging.handlers
import select
import sys
import time

kind, socket, number, pause, spool = sys.argv[1:]
if kind == "stock":
    handler = logging.handlers.SocketHandler(socket, None)
    logging.raiseExceptions = False
else:
    import logyard

    # the last connection may just have broken: all of it is to arrive, not to lie in the spool
    handler = logyard.Handler("unix://" + socket, spool=spool, close_timeout=60)
log = logging.getLogger("chaos")
log.setLevel(logging.INFO)
log.propagate = False
log.addHandler(handler)
made = slowest = 0
while not select.select([sys.stdin], [], [], float(pause))[0]:
    for _ in range(5):
        made += 1
        begin = time.perf_counter()
        log.info("%s %d %s", number, made, "x" * (20 + made % 60))
        slowest = max(slowest, time.perf_counter() - begin)
print("made", made, flush=True)
print("slowest", int(slowest * 1e6), flush=True)
logging.shutdown()
