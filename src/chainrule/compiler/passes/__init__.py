"""Passes: small functions from graph to graph that keep its meaning, in the one ordered list.

A pass knows the vocabulary, no operation of the library's, and gives back the graph itself if it
has nothing to change.
"""

from __future__ import annotations

from collections.abc import Callable

from ..graph import Graph
from .common import merge_common
from .constants import fold_constants
from .copies import remove_copies
from .dead import remove_dead_code
from .identities import simplify
from .powers import expand_powers
from .products import expand_small_products
from .reductions import simplify_reductions
from .views import resolve_views

Pass = Callable[[Graph], Graph]

PASSES: tuple[Pass, ...] = (
    remove_copies,
    fold_constants,
    simplify,
    expand_powers,
    resolve_views,
    simplify_reductions,
    expand_small_products,
    merge_common,
    remove_dead_code,
)


def optimise(graph: Graph, watch: Callable[[str, Graph], None] | None = None) -> Graph:
    """The graph after all passes, again and again until none finds anything to change.

    `watch(name, graph)` is called after each that changed something. ValueError if a pass made a
    graph that is wrong.
    """
    before = None
    while graph is not before:
        before = graph
        for each in PASSES:
            after = each(graph)
            if after is not graph:
                graph = after.verify()
                if watch:
                    watch(each.__name__, graph)
    return graph
