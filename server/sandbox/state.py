"""What the simulated world remembers: JSON documents by kind and key, written through to SQLite at once."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Doc = dict[str, Any]


class State:
    """Documents live in memory and every change is in the file when the call returns, so kill -9 loses nothing.

    A document read from here is shared: change it, then `put` it back.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None)
        if path is not None:
            path.chmod(0o600)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS documents (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key))"
        )
        self._kinds: dict[str, dict[str, Doc]] = {}
        for kind, key, body in self._file.execute("SELECT kind, key, body FROM documents ORDER BY rowid"):
            self._kinds.setdefault(kind, {})[key] = json.loads(body)

    def get(self, kind: str, key: str) -> Doc | None:
        return self._kinds.get(kind, {}).get(key)

    def put(self, kind: str, key: str, doc: Doc) -> Doc:
        body = json.dumps(doc, ensure_ascii=False)
        self._file.execute(
            "INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body", (kind, key, body)
        )
        self._kinds.setdefault(kind, {})[key] = doc
        return doc

    def delete(self, kind: str, key: str) -> None:
        self._file.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))
        self._kinds.get(kind, {}).pop(key, None)

    def all(self, kind: str) -> list[Doc]:
        """Every document of a kind, in the order in which the keys were first written."""
        return list(self._kinds.get(kind, {}).values())

    def items(self, kind: str) -> Iterator[tuple[str, Doc]]:
        return iter(list(self._kinds.get(kind, {}).items()))

    def next(self, name: str, start: int = 1) -> int:
        """The next number of the counter `name`; never given twice, also after a kill."""
        value = int((self.get("counters", name) or {"value": start - 1})["value"]) + 1
        self.put("counters", name, {"value": value})
        return value

    def clear(self) -> None:
        """Forget everything (between tests)."""
        self._file.execute("DELETE FROM documents")
        self._kinds.clear()

    def close(self) -> None:
        self._file.close()
