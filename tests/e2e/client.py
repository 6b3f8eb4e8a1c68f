"""A worker with the stock SocketHandler: client.py PORT WORKER COUNT."""
import logging
import logging.handlers
import sys

port, worker, count = map(int, sys.argv[1:])
logging.raiseExceptions = True
logger = logging.getLogger("load")
logger.setLevel(logging.INFO)
logger.addHandler(logging.handlers.SocketHandler("127.0.0.1", port))
for number in range(1, count + 1):
    logger.info("worker=%d number=%d %s", worker, number, "x" * 40)
logging.shutdown()
