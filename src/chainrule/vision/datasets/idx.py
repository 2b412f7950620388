"""IDX files, the format of MNIST: a header of sizes, then the numbers (LeCun, 1998)."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path

import numpy as np

from ...errors import hint

TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """The array in an IDX file, compressed by gzip or not.

    ValueError for a file that is damaged, cut short or not an IDX file.
    """
    try:
        content = Path(path).read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        return parse_idx(content)
    except (ValueError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        advice = "delete the file and fetch it again"
        raise ValueError(
            hint(f"{os.fspath(path)} is not a sound IDX file: {error}", advice)
        ) from None


def parse_idx(content: bytes) -> np.ndarray:
    """The array in the content of an IDX file.

    >>> parse_idx(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 6]))
    array([5, 6], dtype=uint8)
    """
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise ValueError(f"it begins with {content[:4].hex(' ') or 'nothing'}")
    dtype, dimensions = np.dtype(TYPES[content[2]]), content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise ValueError("it ends within its header")
    shape = tuple(np.frombuffer(content, ">u4", dimensions, offset=4).tolist())
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        raise ValueError(f"its header promises {expected} bytes and it has {len(content)}")
    array = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return array.astype(dtype.newbyteorder("="))
