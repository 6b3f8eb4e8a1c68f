"""Web frameworks' requests, which are no data: what a log wants to know of one."""
from __future__ import annotations

from typing import Any

# classes by the module they are in: nothing is imported for that
_KINDS = {
    ("django.http.request", "HttpRequest"): "django",
    ("rest_framework.request", "Request"): "drf",
    ("werkzeug.sansio.request", "Request"): "werkzeug",
    ("werkzeug.wrappers.base_request", "BaseRequest"): "werkzeug",
    ("starlette.requests", "HTTPConnection"): "starlette",
}

# what an id may be called: as an attribute, and as a header
_ID_ATTRIBUTES = ("id", "request_id", "correlation_id")
_ID_HEADERS = ("x-request-id", "x-correlation-id")

# characters of a path, a user's name or an id
_MOST = 1000


def kind_of(cls: type) -> str | None:
    """Which framework's request objects of this class are; None if they are none."""
    for base in cls.__mro__:
        kind = _KINDS.get((base.__module__, base.__name__))
        if kind is not None:
            return kind
    return None


def describe(request: Any, kind: str) -> dict[str, str | None]:
    """Method, path, user and id. Asks nothing that would query a database or read a body."""
    if kind == "drf":
        request = request._request
    method, path, user, name = _READERS[kind](request)
    return {"method": _text(method), "path": _text(path), "user": _text(user), "id": _text(name)}


def _django(request: Any) -> Any:
    known = request.__dict__
    user = known.get("_cached_user")
    if user is None:
        user = known.get("user")
        lazy = getattr(type(user), "_setupfunc", None) is not None or "_wrapped" in getattr(user, "__dict__", ())
        if lazy and type(user.__dict__.get("_wrapped")) is object:
            user = None  # nobody has asked for it yet, and that would query the database
    name = user.get_username() if hasattr(user, "get_username") else user
    meta = request.META
    header = next((meta[key] for key in ("HTTP_X_REQUEST_ID", "HTTP_X_CORRELATION_ID") if key in meta), None)
    return request.method, request.path, name or None, _attribute(known) or header


def _werkzeug(request: Any) -> Any:
    user = getattr(request, "remote_user", None) or getattr(request.authorization, "username", None)
    header = next((request.headers[key] for key in _ID_HEADERS if key in request.headers), None)
    return request.method, request.path, user, _attribute(request.__dict__) or header


def _starlette(request: Any) -> Any:
    scope = request.scope
    user = scope.get("user")
    name = getattr(user, "display_name", None) or getattr(user, "username", None) or user
    state = scope.get("state") or {}
    header = next((request.headers[key] for key in _ID_HEADERS if key in request.headers), None)
    return scope.get("method", scope.get("type")), scope.get("path"), name or None, _attribute(state) or header


def _attribute(known: Any) -> Any:
    return next((known[key] for key in _ID_ATTRIBUTES if known.get(key)), None)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:_MOST]


_READERS = {"django": _django, "werkzeug": _werkzeug, "starlette": _starlette}
