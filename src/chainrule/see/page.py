"""The page of a trace: one HTML file that holds the document, the styles and the scripts.

It does not know how a trace is made. The page opens from disk and loads nothing; its policy lets
only the style and the script written here run, by their hashes, never text of the program.
"""

import base64
import hashlib
import html
import json
import math
from collections.abc import Mapping
from importlib import resources
from typing import Any

from chainrule.see.layout import boxes

SCRIPTS = ("dom.js", "formula.js", "place.js", "graph.js", "panels.js", "chart.js", "page.js")


def page(document: Mapping[str, Any]) -> str:
    """The HTML file that shows a trace document.

    The document is a dict with "program", "status", "source", "steps" and "run"; whatever is
    missing is shown as empty.

    Example:
        >>> page({"program": "empty.py"})[:15]
        '<!doctype html>'
    """
    steps = [_complete(step) for step in document.get("steps") or ()]
    whole = {"program": "", "status": None, "source": {}, "run": None, **document, "steps": steps}
    style = _asset("page.css")
    script = "\n".join(["'use strict';", *map(_asset, SCRIPTS)])
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": html.escape(str(whole["program"] or "trace")),
        "style": style,
        "script": script,
        "document": _embedded(whole),
    }
    text = _asset("page.html")
    pieces = text.split("{{")
    filled = [part for piece in pieces[1:] for part in _filled(piece, parts)]
    return "".join([pieces[0], *filled])


def _complete(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step with every list it may lack, and with its layout."""
    lists = ("tensors", "ops", "forward", "backward", "derivations")
    whole = {"index": 0, "loss": None, **step}
    whole |= {name: list(step.get(name) or ()) for name in lists}
    return whole | {"boxes": boxes(whole)}


def _filled(piece: str, parts: Mapping[str, str]) -> tuple[str, str]:
    """What follows "{{" in the template: the named part, and the text after "}}"."""
    name, _, rest = piece.partition("}}")
    return parts[name], rest


def _asset(name: str) -> str:
    return resources.files("chainrule.see").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression by which a content security policy names an inline text."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _embedded(value: object) -> str:
    """JSON that can stand inside a script element: no character of markup is left in it."""
    text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value: Any) -> Any:
    """The same value with numbers that JSON lacks (NaN and infinities) as strings."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
