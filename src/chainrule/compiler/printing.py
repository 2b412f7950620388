"""A graph as text: one equation a line, with shapes, and the operation that it came from."""

from __future__ import annotations

from typing import Any

from .graph import Graph, Var

_LONG = 44  # columns of an equation before its comment


class Names:
    """Short names for values: a, b, ... for inputs, numbers for what is computed."""

    def __init__(self, graph: Graph) -> None:
        self._names: dict[Var, str] = {}
        for v in graph.inputs:
            self._names[v] = f"x{len(self._names)}"
        count = 0
        for eqn in graph.eqns:
            for v in eqn.outs:
                self._names[v] = f"%{count}"
                count += 1

    def __getitem__(self, v: Var) -> str:
        if v.value is None:
            return self._names.get(v, "?")
        return f"{v.value.item():.6g}" if v.size == 1 else f"const {v!r}"


def graph_text(graph: Graph, names: Names | None = None) -> str:
    """The graph, readable: inputs, equations, results."""
    names = names or Names(graph)
    lines = [", ".join(f"{names[v]}: {v!r}" for v in graph.inputs) + " ->"]
    for eqn in graph.eqns:
        outs = ", ".join(f"{names[v]}: {v!r}" for v in eqn.outs)
        words = [eqn.op, *[names[v] for v in eqn.ins], *params_text(eqn.params)]
        text = f"  {outs} = {' '.join(words)}" if outs else f"  {' '.join(words)}"
        note = ", ".join(part for part in (eqn.of, eqn.line) if part)
        lines.append(f"{text:{_LONG}}  # {note}" if note else text)
    results = [names[v] for v in graph.outputs]
    results += [f"{names[target]} := {names[v]}" for target, v in graph.writes]
    return "\n".join([*lines, f"-> {', '.join(results)}"])


def params_text(params: dict[str, Any]) -> list[str]:
    """Parameters of an equation, in short."""
    if "label" in params:
        return [params["label"]]
    return [f"{key}={_short(value)}" for key, value in params.items() if value is not None]


def _short(value: Any) -> str:
    return f"({','.join(map(str, value))})" if isinstance(value, tuple) else str(value)
