"""Download one file: resumed where it stopped, checked, and in its place only when it is whole."""

from __future__ import annotations

import hashlib
import os
import sys
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from pathlib import Path

CHUNK = 1 << 16
PARTIAL, NOTHING_LEFT = 206, 416
"""HTTP statuses: the rest of a file, and the answer when no rest is left."""


def md5_of(path: Path) -> str:
    """The MD5 sum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def download(url: str, path: Path, md5: str) -> None:
    """Fetch a file and check its sum; OSError if it cannot be had, ValueError if it is another.

    Until it is whole it is kept as `<name>.part` and the next attempt goes on from there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        fetch(url, part)
    except HTTPException as error:
        raise OSError(f"{url}: {error}") from error
    found = md5_of(part)
    if found != md5:
        part.unlink()
        raise ValueError(f"{url} has the MD5 sum {found}, expected {md5}")
    os.replace(part, path)


def fetch(url: str, part: Path) -> None:
    """Append what is missing of a file."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "chainrule"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        if error.code == NOTHING_LEFT:
            return
        raise
    with response:
        resumed = response.status == PARTIAL
        total = int(response.headers.get("Content-Length") or 0) + (have if resumed else 0)
        with part.open("ab" if resumed else "wb") as file:
            for chunk in shown(response, part.stem, have if resumed else 0, total):
                file.write(chunk)
        if total and part.stat().st_size < total:
            raise OSError(f"{url} ended after {part.stat().st_size} of {total} bytes")


def shown(response: HTTPResponse, name: str, done: int, total: int) -> Iterator[bytes]:
    """The chunks of a response, with a line of progress on a terminal."""
    terminal = sys.stderr.isatty()
    while chunk := response.read(CHUNK):
        yield chunk
        done += len(chunk)
        if terminal:
            share = f"{done / total:4.0%} of {total / 1e6:.1f} MB" if total else f"{done} bytes"
            print(f"\r{name} {share}", end="", file=sys.stderr, flush=True)
    if terminal:
        print(file=sys.stderr)
