"""Whether CPython's logging takes a configuration: prints `ok`, or the error. The file's name is the
argument; it runs in the current folder."""

import json
import logging.config
import sys

path = sys.argv[1]
try:
    if path.endswith('.ini'):
        logging.config.fileConfig(path)
    else:
        with open(path, encoding='utf-8') as file:
            logging.config.dictConfig(json.load(file))
    print('ok')
except Exception as error:
    print(type(error).__name__)
