"""logyard's client: a handler for the standard `logging` that never blocks and never loses in silence.

    import logging, logyard
    logging.getLogger().addHandler(logyard.Handler("127.0.0.1:9020"))

`logyard.get_logger` makes a logger with that and a console. What the server does is in its own documentation;
`python -m logyard` is the command.
"""
from .handler import Handler
from .loggers import get_logger

__all__ = ["Handler", "get_logger"]
