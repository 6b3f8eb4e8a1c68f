"""What gunicorn hands to dictConfig for each `logconfig_dict` of a JSON list."""
import json
import sys

import gunicorn.config
import gunicorn.glogging

merged = []
gunicorn.glogging.dictConfig = merged.append
for own in json.load(sys.stdin):
    config = gunicorn.config.Config()
    config.set("logconfig_dict", own)
    gunicorn.glogging.Logger(config)
json.dump(merged, sys.stdout)
