"""What can't be written is kept with its reason, and nothing else suffers from it."""
import pickle

import pytest
from harness import frame, ini, letter_payload, record, wait_until

BAD = {
    "not a pickle": b"hello",
    "empty": b"",
    "a list": pickle.dumps([1, 2], 1),
    "none": pickle.dumps(None, 1),
    "a string": pickle.dumps("name", 1),
    "name is a number": pickle.dumps({"name": 5, "levelno": 20, "msg": "x"}, 1),
    "name is bytes": pickle.dumps({"name": b"a", "levelno": 20, "msg": "x"}, 4),
    "levelno is text": pickle.dumps({"name": "a", "levelno": "INFO", "msg": "x"}, 1),
    "levelno is none": pickle.dumps({"name": "a", "levelno": None, "msg": "x"}, 1),
    "no levelno": pickle.dumps({"name": "a", "msg": "x"}, 1),
    "cut off": record("x")[4:-3],
}


def check_letter(letter, payload):
    assert {"time", "reason", "detail"} <= set(letter)
    assert letter["reason"] and letter["detail"]
    assert letter_payload(letter) == payload


@pytest.mark.parametrize("what", BAD)
def test_payload_that_is_no_record(server, what):
    one = server(ini())
    one.send(record("before"), frame(BAD[what]), record("after"))
    letters = wait_until(one.dead_letters, "a dead letter", server=one)
    assert len(letters) == 1
    check_letter(letters[0], BAD[what])
    assert letters[0].get("peer")
    words = what.split()[0]
    if words in ("name", "levelno"):
        assert words in letters[0]["detail"] + letters[0]["reason"]
    # a bad payload costs its connection at the most
    assert one.wait_lines(1)[0] == "before"
    one.send(record("another connection"))
    wait_until(lambda: "another connection\n" in one.text(), "the next client", server=one)


def test_missing_field_is_kept_once_for_each_handler(server):
    one = server(ini(fmt="%(message)s %(user)s"))
    bad = record("no user")
    one.send(record("one", user="ann"), bad, record("two", user="bob"))
    assert one.wait_lines(2) == ["one ann", "two bob"]
    letters = wait_until(one.dead_letters, "a dead letter", server=one)
    assert len(letters) == 1
    check_letter(letters[0], bad[4:])
    assert "user" in letters[0]["detail"] and letters[0]["handler"] == "file"


def test_character_that_the_encoding_lacks(server):
    one = server(ini(args="('app.log', 'a', 'ascii')"))
    one.send(record("plain"), record("日本"), record("plain again"))
    assert one.wait_lines(2) == ["plain", "plain again"]
    letters = wait_until(one.dead_letters, "a dead letter", server=one)
    assert len(letters) == 1
    assert letters[0]["handler"] == "file"
    if "frame" in letters[0]:
        assert "日本" in pickle.loads(letter_payload(letters[0]))["msg"]
    else:
        assert "日本" in letters[0]["text"]


def test_letters_outlive_a_restart(server):
    one = server(ini())
    one.send(frame(b"first"))
    wait_until(one.dead_letters, "a dead letter", server=one)
    port = one.port
    assert one.stop() == 0
    two = server(ini(), listen=(f"127.0.0.1:{port}",))
    two.send(frame(b"second"))
    wait_until(lambda: len(two.dead_letters()) >= 2, "the second letter", server=two)
    assert [letter_payload(letter) for letter in two.dead_letters()] == [b"first", b"second"]
