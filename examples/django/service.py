"""A Django project in one file, with Django's own LOGGING: the stock SocketHandler for all it logs.

    pip install -r requirements.txt
    gunicorn service:application        or        python service.py runserver --noreload
"""
import logging
import os
import sys
from logging.handlers import DEFAULT_TCP_LOGGING_PORT

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

settings.configure(
    DEBUG=False,
    SECRET_KEY="for this example only",
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    TIME_ZONE=os.environ.get("DJANGO_TIME_ZONE", "UTC"),
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "console": {"class": "logging.StreamHandler"},
            "logyard": {
                "class": "logging.handlers.SocketHandler",
                "host": os.environ.get("LOGYARD_HOST", "127.0.0.1"),
                "port": int(os.environ.get("LOGYARD_PORT", DEFAULT_TCP_LOGGING_PORT)),
            },
        },
        "root": {"handlers": ["console", "logyard"], "level": "INFO"},
        "loggers": {
            # django.server's own formatter needs a field that Django makes in a console handler
            "django.server": {"handlers": ["logyard"], "level": "INFO", "propagate": False},
            "shop": {"handlers": ["logyard"], "level": "INFO", "propagate": False},
        },
    },
)

logger = logging.getLogger("shop.orders")
count = 0


def order(request, number):
    global count
    count += 1
    logger.info("pid=%d seq=%d request=%d order", os.getpid(), count, number)
    return JsonResponse({"order": number})


def fail(request):
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("no order")
    return HttpResponse(status=500)


urlpatterns = [path("order/<int:number>", order), path("fail", fail)]
application = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
