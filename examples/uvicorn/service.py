"""A Starlette application for uvicorn; uvicorn's own loggers send to the log server too.

    pip install -r requirements.txt
    uvicorn service:app --workers 4 --log-config log_config.json
"""
import logging
import os

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

logger = logging.getLogger("serving")
count = 0


async def predict(request):
    global count
    count += 1
    number = request.path_params["number"]
    logger.info("pid=%d seq=%d request=%d predict", os.getpid(), count, number)
    return JSONResponse({"number": number, "square": number * number})


app = Starlette(routes=[Route("/predict/{number:int}", predict)])
