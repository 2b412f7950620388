"""The table by family, the scores, the list of what fails, and the floor that scores must reach."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .work import Row

HERE = Path(__file__).parent
FAILURES = HERE / "failures.txt"
FLOOR = HERE / "floor.json"

Tally = dict[str, tuple[int, int]]


def tally(rows: Iterable[Row]) -> Tally:
    """Passed and all, for each kind of score."""
    every, passed = Counter[str](), Counter[str]()
    for row in rows:
        every[row.kind] += 1
        passed[row.kind] += row.passed
    return {kind: (passed[kind], count) for kind, count in every.items()}


def table(rows: list[Row]) -> str:
    """Passed and all by family (down) and kind (across)."""
    kinds = sorted({row.kind for row in rows}, key=_order)
    families = sorted({row.family for row in rows})
    lines = [f"{'family':<20}" + "".join(f"{kind:>18}" for kind in kinds)]
    for family in families:
        counts = tally(row for row in rows if row.family == family)
        cells = ["/".join(map(str, counts[kind])) if kind in counts else "" for kind in kinds]
        lines.append(f"{family:<20}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)


def _order(kind: str) -> tuple[int, str]:
    known = ("opinfo", "second gradients", "error inputs", "module_db", "optim_db")
    return (known.index(kind) if kind in known else len(known)), kind


def scores(rows: list[Row]) -> str:
    """One line for each kind of score."""
    counts = tally(rows)
    return "\n".join(
        f"{kind}: {counts[kind][0]}/{counts[kind][1]}" for kind in sorted(counts, key=_order)
    )


def failures(rows: list[Row]) -> str:
    """One line for each failure, by kind, family and name."""
    failed = sorted(
        (row for row in rows if not row.passed),
        key=lambda row: (_order(row.kind), row.family, row.name),
    )
    return "".join(f"{row.kind}\t{row.family}\t{row.name}\t{row.verdict}\n" for row in failed)


def below_floor(rows: list[Row]) -> list[str]:
    """A sentence for each score that is lower than the one on record."""
    floor = json.loads(FLOOR.read_text(encoding="utf-8"))
    counts = tally(rows)
    return [
        f"{kind}: {counts.get(kind, (0, 0))[0]} passed, but {least} did before"
        for kind, least in floor.items()
        if counts.get(kind, (0, 0))[0] < least
    ]


def raise_floor(rows: list[Row]) -> None:
    """Write the scores as the new floor."""
    floor = {
        kind: passed
        for kind, (passed, _) in sorted(tally(rows).items(), key=lambda c: _order(c[0]))
    }
    FLOOR.write_text(json.dumps(floor, indent=2) + "\n", encoding="utf-8")
