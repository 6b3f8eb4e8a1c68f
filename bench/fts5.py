"""SQLite's FTS5 over text files: what it costs to build, and how fast it finds a word.

    python3 bench/fts5.py FOLDER WORD

Prints rows of a Markdown table. The index has no copy of the texts and no positions, which is the
smallest and fastest that FTS5 has; each line is a row.
"""
import pathlib
import sqlite3
import sys
import tempfile
import time


def lines(folder):
    for path in sorted(pathlib.Path(folder).iterdir()):
        with open(path, encoding="utf-8") as file:
            for line in file:
                yield (line,)


def main(folder, word):
    with tempfile.TemporaryDirectory(dir=pathlib.Path(folder).parent) as made:
        path = pathlib.Path(made, "fts5.db")
        db = sqlite3.connect(path)
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("CREATE VIRTUAL TABLE logs USING fts5(line, content='', detail=none)")
        begin = time.perf_counter()
        db.executemany("INSERT INTO logs (line) VALUES (?)", lines(folder))
        db.commit()
        took = time.perf_counter() - begin
        size = path.stat().st_size
        print(f"| SQLite {sqlite3.sqlite_version} FTS5 | building, {size / 1e6:.0f} MB | {took:.0f} s |")
        for what, text in [("a rare word", word), ("a word that is nowhere", "nowherewhatsoever")]:
            best = float("inf")
            for _ in range(5):
                begin = time.perf_counter()
                found = db.execute(
                    "SELECT rowid FROM logs WHERE logs MATCH ? ORDER BY rowid DESC LIMIT 50", (text,)
                ).fetchall()
                best = min(best, time.perf_counter() - begin)
            print(f"| SQLite FTS5 | {what}: {len(found)} rows | {best * 1e3:.1f} ms |")


if __name__ == "__main__":
    main(*sys.argv[1:])
