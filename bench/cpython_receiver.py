"""CPython's answer: the receiver of the logging cookbook, configured by fileConfig.

    python3 cpython_receiver.py CONFIG

It is the documented sample (a thread for each connection, `pickle.loads`, `makeLogRecord`,
`getLogger(name).handle`) with three changes, so that it can be measured at all:

- a read goes on until all its bytes are there: the sample takes a `recv(4)` that returns fewer than
  4 bytes for the end of the stream and loses the rest of that connection's records;
- the listening backlog is longer than socketserver's 5, so that many clients connect at once;
- it listens on a port the kernel gives, and says which on stderr.
"""
import logging
import logging.config
import logging.handlers
import pickle
import socketserver
import struct
import sys


class LogRecordStreamHandler(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            head = self.read(4)
            if head is None:
                return
            payload = self.read(struct.unpack('>L', head)[0])
            if payload is None:
                return
            self.handle_log_record(logging.makeLogRecord(pickle.loads(payload)))

    def read(self, count):
        """Exactly `count` bytes, or None at the end of the stream."""
        data = self.connection.recv(count)
        while len(data) < count:
            more = self.connection.recv(count - len(data))
            if not more:
                return None
            data += more
        return data

    def handle_log_record(self, record):
        logging.getLogger(record.name).handle(record)


class LogRecordSocketReceiver(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024


def main():
    logging.config.fileConfig(sys.argv[1], disable_existing_loggers=False)
    with LogRecordSocketReceiver(('127.0.0.1', 0), LogRecordStreamHandler) as server:
        print('listening on %s:%d' % server.server_address, file=sys.stderr, flush=True)
        server.serve_forever()


if __name__ == '__main__':
    main()
