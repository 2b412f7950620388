"""`torch.hub`: files by address; code of other people's repositories is not run."""

from __future__ import annotations

import hashlib
import os
import re
from typing import Any
from urllib.parse import urlparse
from urllib.request import urlopen

from .errors import hint
from .io import load as load_file

_folder: str | None = None
_HASH = re.compile(r"-([a-f0-9]{8,})\.")
_CHUNK = 1 << 16


def get_dir() -> str:
    """The folder for downloads: that of `set_dir`, or `hub` in TORCH_HOME or the user's cache."""
    if _folder is not None:
        return _folder
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))
    return os.path.join(os.path.expanduser(home), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Keep downloads in this folder."""
    global _folder
    _folder = os.path.expanduser(d)


def load(repo_or_dir: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
    """NotImplementedError: it would run code of a repository written for PyTorch's internals."""
    raise _refusal("load")


def list(github: Any, *args: Any, **kwargs: Any) -> Any:
    """NotImplementedError; see `load`."""
    raise _refusal("list")


def help(github: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
    """NotImplementedError; see `load`."""
    raise _refusal("help")


def _refusal(name: str) -> NotImplementedError:
    message = f"torch.hub.{name} is not supported: it runs a repository's code"
    advice = "define the model in your program and load its weights: load_state_dict_from_url"
    return NotImplementedError(hint(message, advice))


def download_url_to_file(
    url: str, dst: str, hash_prefix: str | None = None, progress: bool = True
) -> None:
    """Download a file; RuntimeError if its SHA-256 does not begin with `hash_prefix`.

    Only a whole file takes the place of `dst`.
    """
    part, digest = f"{dst}.part", hashlib.sha256()
    try:
        with urlopen(url) as source, open(part, "wb") as target:
            while chunk := source.read(_CHUNK):
                target.write(chunk)
                digest.update(chunk)
        found = digest.hexdigest()
        if hash_prefix and not found.startswith(hash_prefix):
            message = f'invalid hash value (expected "{hash_prefix}", got "{found}")'
            raise RuntimeError(message)
        os.replace(part, dst)
    finally:
        if os.path.exists(part):
            os.remove(part)


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> Any:
    """What a file that PyTorch saved holds, downloaded once. Loading never runs code."""
    folder = model_dir or os.path.join(get_dir(), "checkpoints")
    os.makedirs(folder, exist_ok=True)
    name = file_name or os.path.basename(urlparse(url).path)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        known = _HASH.search(name) if check_hash else None
        download_url_to_file(url, path, known.group(1) if known else None, progress)
    return load_file(path, map_location=map_location)
