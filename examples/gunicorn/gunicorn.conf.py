"""Four workers. With preload_app the loggers are made once, before the fork: that works too."""
import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = 4
preload_app = os.environ.get("PRELOAD") == "1"
wsgi_app = "app:app"
