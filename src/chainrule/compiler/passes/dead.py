"""Dead code: what nobody reads is not computed. Draws and checks stay, and what they need.

%0 = exp x0; %1 = neg x0; -> %1        becomes        %0 = neg x0; -> %0
"""

from __future__ import annotations

from ..graph import Graph


def remove_dead_code(graph: Graph) -> Graph:
    """The graph without equations that neither a result nor an effect depends on."""
    needed = set(graph.results())
    kept = []
    for eqn in reversed(graph.eqns):
        if eqn.has_effect or not needed.isdisjoint(eqn.outs):
            needed.update(eqn.ins)
            kept.append(eqn)
    return graph if len(kept) == len(graph.eqns) else graph.with_eqns(kept[::-1])
