"""What a check found, and how it is printed or written as JSON."""

from __future__ import annotations

import json
import linecache
import os
from dataclasses import asdict, dataclass, field

from .advice import ADVICE

Line = tuple[str, int]


@dataclass(frozen=True)
class Finding:
    """One mistake: its rule and line, what happens, why it hurts and what to change."""

    rule: str
    file: str
    line: int
    what: str
    why: str
    fix: str

    def __str__(self) -> str:
        text = linecache.getline(self.file, self.line).strip()
        place = f"{os.path.basename(self.file)}:{self.line}" if self.line else self.file
        lines = [f"{place}  {self.rule}"]
        lines += [f"    | {text}"] if text else []
        for head, body in (("what", self.what), ("why", self.why), ("fix", self.fix)):
            lines += [f"    {head:4}  " + body.replace("\n", "\n          ")]
        return "\n".join(lines)


@dataclass
class Report:
    """The findings of a run, in the order in which they were made."""

    findings: list[Finding] = field(default_factory=list)

    def add(self, rule: str, where: Line | None, what: str, fix: str | None = None) -> None:
        """Keep a finding, once for each rule and line."""
        file, line = where or ("<unknown>", 0)
        if any((f.rule, f.file, f.line) == (rule, file, line) for f in self.findings):
            return
        why, change = ADVICE[rule]
        self.findings.append(Finding(rule, file, line, what, why, fix or change))

    def has(self, *rules: str) -> bool:
        """Whether one of these rules has found something."""
        return any(finding.rule in rules for finding in self.findings)

    def __str__(self) -> str:
        if not self.findings:
            return "chainrule check: nothing found"
        count = len(self.findings)
        head = f"chainrule check: {count} finding{'s' if count > 1 else ''}"
        return "\n\n".join([head, *map(str, self.findings)])

    def to_json(self) -> str:
        """The findings as a JSON object with one list."""
        return json.dumps({"findings": [asdict(f) for f in self.findings]}, indent=2)
