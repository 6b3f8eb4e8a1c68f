"""Values as data: what the server knows stays as it is, all else becomes text."""
from __future__ import annotations

from typing import Any

from . import requests

# how deep and how many: beyond that there is a text
DEPTH, NODES = 20, 10_000

# bits of a number, beyond which the server takes none, and Python itself makes no text of it
BITS = 13_000

# characters of a text that stands for an object
MOST_TEXT = 8192

_ATOMS = frozenset((str, int, float, bool, type(None), complex, bytes, bytearray))

# classes whose objects the server shows as Python does; by name, so that nothing is imported
_KNOWN = frozenset((
    ("datetime", "datetime"), ("datetime", "date"), ("datetime", "time"), ("datetime", "timedelta"),
    ("datetime", "timezone"), ("decimal", "Decimal"), ("uuid", "UUID"), ("fractions", "Fraction"),
    ("ipaddress", "IPv4Address"), ("ipaddress", "IPv6Address"), ("ipaddress", "IPv4Network"),
    ("ipaddress", "IPv6Network"), ("ipaddress", "IPv4Interface"), ("ipaddress", "IPv6Interface"),
    ("pathlib", "PosixPath"), ("pathlib", "PurePosixPath"), ("pathlib", "WindowsPath"),
    ("pathlib", "PureWindowsPath"), ("pathlib._local", "PosixPath"), ("pathlib._local", "PurePosixPath"),
    ("http", "HTTPStatus"), ("builtins", "range"),
))

# asking these for their text queries a database
_MUTE = frozenset((("django.db.models.query", "QuerySet"), ("django.db.models.query", "RawQuerySet"),
                   ("django.db.models.manager", "BaseManager")))


class Settler:
    """Makes data of one record's values."""

    def __init__(self) -> None:
        # by the attribute, the class of the (first) object that became text
        self.described: dict[str, str] = {}
        self.key = ""
        self._nodes = NODES

    def value(self, value: Any, depth: int = 0) -> Any:
        """The value itself if it is data, else a copy with texts in the place of objects."""
        kind = type(value)
        if kind in _ATOMS:
            return value if kind is not int or value.bit_length() < BITS else self.text(value)
        self._nodes -= 1
        if depth > DEPTH or self._nodes < 0:
            return self.text(value)
        if kind is dict:
            return self._dict(value, depth)
        if kind in (list, tuple, set, frozenset):
            try:
                kept = [self.value(one, depth + 1) for one in list(value)]
            except RuntimeError:  # another thread changes it
                return self.text(value)
            return value if _same(kept, value) else kind(kept)
        if (kind.__module__, kind.__qualname__) in _KNOWN:
            return value
        if kind.__module__ == "collections" and kind.__name__ in ("OrderedDict", "defaultdict", "deque", "Counter"):
            return self._collection(value, kind, depth)
        if kind.__module__ == "numpy" and getattr(value, "shape", None) == ():
            return value
        return self._object(value)

    def text(self, value: Any) -> str:
        """What `str` gives, cut if it is long; the class if that fails."""
        kind = type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        self.described.setdefault(self.key, name)
        try:
            mute = any((base.__module__, base.__name__) in _MUTE for base in kind.__mro__)
            text = f"<{name}>" if mute else str(value)
        except Exception as error:
            return f"<{name}: its text can't be had: {type(error).__name__}>"
        if type(text) is not str:
            text = str.__str__(text)
        return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}… ({len(text)} characters)"

    def _object(self, value: Any) -> Any:
        try:
            # Flask's `request` is a proxy, whose class only it knows
            cls = value.__class__
            request = requests.kind_of(cls if isinstance(cls, type) else type(value))
            if request is not None:
                described = requests.describe(value, request)
                self.described.setdefault(self.key, f"{cls.__module__}.{cls.__qualname__}")
                return described
        except Exception:
            pass  # a proxy without an object, a request that is half made
        return self.text(value)

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        try:
            items = list(value.items())
        except RuntimeError:  # another thread changes it
            return self.text(value)
        kept = {}
        same = True
        for key, one in items:
            new_key = key if type(key) in _ATOMS else self._key(key)
            new = self.value(one, depth + 1)
            same = same and new is one and new_key is key
            kept[new_key] = new
        return value if same else kept

    def _key(self, key: Any) -> Any:
        new = self.value(key, DEPTH)
        try:
            hash(new)
        except TypeError:
            return self.text(key)
        return new

    def _collection(self, value: Any, kind: type, depth: int) -> Any:
        """Of the standard library's: they stay what they are only with data in them."""
        try:
            parts = list(value) if kind.__name__ == "deque" else [one for pair in value.items() for one in pair]
        except RuntimeError:
            return self.text(value)
        kept = [self.value(one, depth + 1) for one in parts]
        factory = getattr(value, "default_factory", None)
        if _same(kept, parts) and (factory is None or factory in (int, list, dict, set, str, float)):
            return value
        if kind.__name__ == "deque":
            return kept
        return dict(zip(kept[::2], kept[1::2]))


def _same(kept: Any, values: Any) -> bool:
    return all(one is other for one, other in zip(kept, values))
