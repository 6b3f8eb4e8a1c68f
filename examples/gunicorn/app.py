"""A service that logs by the stock SocketHandler, beside the console: nothing of logyard's in it."""
import logging
import logging.handlers
import os

from flask import Flask, request

HOST = os.environ.get("LOGYARD_HOST", "127.0.0.1")
PORT = int(os.environ.get("LOGYARD_PORT", logging.handlers.DEFAULT_TCP_LOGGING_PORT))


def make_logger(name):
    logger = logging.getLogger(name)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    console = logging.StreamHandler()
    console.setFormatter(logging.Formatter("%(asctime)s-%(levelname)s: %(message)s"))
    logger.addHandler(console)
    logger.addHandler(logging.handlers.SocketHandler(HOST, PORT))
    return logger


root = make_logger(None)
serving = make_logger("serving")
webhook = make_logger("webhook")

app = Flask(__name__)
count = 0


@app.get("/predict/<int:number>")
def predict(number):
    global count
    count += 1
    serving.info("pid=%d seq=%d request=%d predict", os.getpid(), count, number)
    return {"number": number, "square": number * number}


@app.post("/hook")
def hook():
    webhook.info("hook from %s: %s", request.remote_addr, request.get_data(as_text=True)[:200])
    return "", 204


@app.get("/fail")
def fail():
    try:
        return {"value": 1 / 0}
    except ZeroDivisionError:
        root.exception("could not divide")
        return {"error": "could not divide"}, 500
