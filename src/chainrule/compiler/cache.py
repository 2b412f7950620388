"""Machine code on disk, so that a program that was compiled once starts at once.

Knows keys and bytes alone. A folder that cannot be used is as good as none: nothing here fails.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

LIMIT = 128 * 2**20
"""How many bytes the folder may hold; what was used last stays."""

_MAGIC = b"chainrule object 1\n"
_SUFFIX = ".object"
_written: dict[Path, int] = {}  # bytes since the folder was last looked through


def folder() -> Path | None:
    """Where compiled code is kept: `$CHAINRULE_CACHE`, or `chainrule` among the user's caches.

    None if the variable says so: it is empty, "0" or "off".
    """
    chosen = os.environ.get("CHAINRULE_CACHE")
    if chosen is not None:
        return None if chosen in ("", "0", "off") else Path(chosen)
    named = {"darwin": None, "win32": "LOCALAPPDATA"}.get(sys.platform, "XDG_CACHE_HOME")
    below = {"darwin": "Library/Caches", "win32": "AppData/Local"}.get(sys.platform, ".cache")
    base = os.environ.get(named, "") if named else ""
    if os.path.isabs(base):
        return Path(base, "chainrule")
    try:
        return Path.home() / below / "chainrule"
    except RuntimeError:  # nobody's home
        return None


def key(*parts: str) -> str:
    """The name of what follows from these texts."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def load(name: str) -> bytes | None:
    """What was stored under a key; None if nothing was, or it is damaged: then it is deleted."""
    place = folder()
    if place is None:
        return None
    file = place / (name + _SUFFIX)
    try:
        found = file.read_bytes()
    except OSError:
        return None
    data = found[len(_MAGIC) + 32 :]
    if found != _sealed(data):
        with suppress(OSError):
            file.unlink()
        return None
    with suppress(OSError):
        os.utime(file)  # the least recently used files are dropped first
    return data


def store(name: str, data: bytes) -> None:
    """Keep bytes under a key, whole or not at all, whoever else does so at the same time."""
    place = folder()
    if place is None:
        return
    with suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_sealed(data))
            os.replace(temporary, place / (name + _SUFFIX))
        except OSError:
            os.unlink(temporary)
            raise
        _prune(place, len(data))


def _sealed(data: bytes) -> bytes:
    """A file's content: the data after a checksum of them."""
    return _MAGIC + hashlib.sha256(data).digest() + data


def _prune(place: Path, written: int) -> None:
    """Drop the oldest files beyond the limit: looks at them at first, then once in a while."""
    if place in _written and _written[place] + written < LIMIT // 16:
        _written[place] += written
        return
    _written[place] = 0
    with os.scandir(place) as entries:
        files = [(e.stat().st_mtime_ns, e.stat().st_size, e.path) for e in entries if e.is_file()]
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= LIMIT:
            break
        with suppress(OSError):  # another process was faster
            os.unlink(path)
        total -= size
