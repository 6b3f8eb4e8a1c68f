"""Any value, any text: what logyard writes is what this CPython would have written."""
import decimal
import os
import pickle
import tempfile
import unicodedata
import uuid
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path, PurePosixPath

from harness import ini, record, wait_until
from hypothesis import HealthCheck, configuration, given, settings
from hypothesis import strategies as st

configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir(), "logyard-hypothesis"))

CONFIG = ini(args="('app.log', 'a', 'utf-8', False, 'surrogatepass')", fmt="%(message)s|%(v)s|%(v)r|%(v)a")
# LOGYARD_EXAMPLES: more of them, for a longer search
RUN = settings(max_examples=int(os.environ.get("LOGYARD_EXAMPLES", 300)), deadline=None, derandomize=True, database=None,
               suppress_health_check=list(HealthCheck))


def known(text):
    """Only characters that every supported CPython's Unicode has."""
    return all(unicodedata.category(char) != "Cn" for char in text)


texts = st.text(st.characters(), max_size=30).filter(known)
numbers = st.one_of(st.integers(), st.integers(-2**300, 2**300), st.floats(), st.booleans())
plain = st.one_of(st.none(), numbers, texts, st.binary(max_size=20), st.complex_numbers(),
                  st.builds(bytearray, st.binary(max_size=9)))
zones = st.one_of(st.none(), st.just(timezone.utc), st.builds(
    timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23))))
known_types = st.one_of(
    st.datetimes(timezones=zones), st.dates(), st.times(timezones=zones), st.timedeltas(),
    st.decimals(), st.fractions(), st.uuids(), st.frozensets(st.integers(0, 0), max_size=1),
    st.builds(PurePosixPath, texts.filter(lambda text: "\0" not in text)),
    st.builds(range, st.integers(-99, 99), st.integers(-99, 99)),
    st.builds(slice, st.integers(), st.none(), st.text("ab")),
    st.sampled_from([date, datetime, time, decimal.Decimal, uuid.UUID, ValueError, int, Ellipsis]),
    st.builds(ValueError, texts), st.builds(KeyError, texts), st.builds(OSError, st.just(2), texts))
keys = st.one_of(st.none(), st.integers(), texts, st.tuples(st.integers(), st.booleans()))
values = st.recursive(st.one_of(plain, known_types), lambda inner: st.one_of(
    st.lists(inner, max_size=4), st.lists(inner, max_size=3).map(tuple),
    st.dictionaries(keys, inner, max_size=4)), max_leaves=12)


class Same:
    """Sends records and compares the file with what Python makes of them."""

    def __init__(self, server):
        self.server, self.path = server, server.folder / "app.log"
        self.client = server.connect()
        self.size, self.letters = 0, 0

    def check(self, frames, expected):
        data = expected.encode("utf-8", "surrogatepass")
        self.client.sendall(b"".join(frames))
        want = self.size + len(data)

        def written():
            return self.path.stat().st_size >= want or len(self.server.dead_letters()) > self.letters

        try:
            wait_until(written, "the lines", 2.0, self.server)
        except AssertionError:
            pass  # too short a line: the comparison tells more
        letters = self.server.dead_letters()[self.letters:]
        self.letters += len(letters)
        assert not letters, f"set aside: {letters[0]['reason']}: {letters[0]['detail']}"
        with open(self.path, "rb") as file:
            file.seek(self.size)
            got = file.read()
        self.size += len(got)
        assert got.decode("utf-8", "surrogatepass") == expected


def test_values_as_python_prints_them(server):
    same = Same(server(CONFIG))

    @RUN
    @given(values, st.integers(0, 5))
    def run(value, protocol):
        frames = [record("m %s %r", protocol=protocol, v=value, args=(value, value))]
        value = pickle.loads(pickle.dumps(value, protocol))  # protocols before 4 lose a time's fold
        same.check(frames, f"m {value!s} {value!r}|{value!s}|{value!r}|{value!a}\n")

    run()


SPECS = st.builds("%{}{}{}{}".format, st.text("#0- +", max_size=3),
                  st.one_of(st.just(""), st.integers(0, 40).map(str)),
                  st.one_of(st.just(""), st.just("."), st.integers(0, 30).map(".{}".format)),
                  st.sampled_from("diouxXeEfFgGcrsa"))


def test_percent_formatting_as_python_does_it(server):
    same = Same(server(ini(args="('app.log', 'a', 'utf-8', False, 'surrogatepass')")))

    @RUN
    @given(st.lists(st.tuples(SPECS, st.one_of(numbers, texts)), min_size=1, max_size=5))
    def run(parts):
        parts = [(spec, value) for spec, value in parts if fits(spec, value)]
        message, args = "|".join(spec for spec, _ in parts), tuple(value for _, value in parts)
        if args:
            same.check([record(message, args=args)], message % args + "\n")

    run()


def fits(spec, value):
    """Whether Python formats it at all; what it refuses is the business of test_dead_letters."""
    try:
        spec % (value,)
    except (TypeError, ValueError, OverflowError):
        return False
    return True
