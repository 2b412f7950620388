"""The engine: runs a graph backward, newest node first, without recursion.

One loop serves all orders. First order runs the rules on raw arrays with the node itself as
`ctx`; with `create_graph` the same rules run on tensors, and `ctx` is a `Replay` of the node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any

from ..core.apply import as_array
from ..core.modes import modes
from ..core.primitive import Output, Primitive
from ..core.tensor import COUNT, TensorBase, optional, unwrap, wrap
from ..ops.convert import to_dtype
from ..ops.reduce import sum_to_size
from .anomaly import check_nan
from .replay import Replay
from .stale import freed, stale

Hooks = dict[int, Callable[..., Any]]


def run(
    roots: Sequence[tuple[Any, Any]],
    *,
    retain: bool,
    create: bool,
    wanted: dict[Any, Any] | None = None,
) -> dict[Any, Any]:
    """Send the roots' gradients down the graph; return those that arrived at leaves.

    `wanted`, if given, has as keys the nodes, (node, output) pairs and leaves whose gradients are
    asked for: they are filled in, and only nodes on a path to one of them run.
    """
    sources: Sequence[Any] = [source for source, _ in roots]
    results: Sequence[Any] = [g for _, g in roots]
    path = None if wanted is None else _path_to(wanted, sources)
    grads: dict[Any, Any] = {}
    queue: list[tuple[int, Primitive]] = []
    notes = modes.notes
    if notes:
        results = _announce(sources, results)
    while True:
        for source, g in zip(sources, results):  # noqa: B905  (strict costs, and they match)
            if g is None:
                continue
            if source in grads:
                grads[source] = grads[source] + g
            elif type(source) is Output:
                _deliver_output(grads, queue, source, g)
            else:
                grads[source] = g
                if isinstance(source, Primitive):
                    heappush(queue, (source.seq, source))
        if not queue:
            break
        node = heappop(queue)[1]
        g = grads.pop(node)
        if node.hooked:
            g = _before(node, g)
        if wanted is not None:
            _capture(wanted, node, g)
        versions = node.versions
        if versions is None:
            raise freed(node)
        for version, seen in versions:
            if version[COUNT] != seen:
                raise stale(node, version, seen)
        sources = node.sources
        results = rule_gradients(node, Replay(node) if create else node, g, path)
        if node.hooked or notes:
            results = _after(node, results, g)
        if versions and not retain:
            node.free()
    if wanted is not None:
        for leaf in grads.keys() & wanted.keys():
            wanted[leaf] = run_hooks(leaf._node.hooks, grads[leaf])
    if notes and modes.watcher is not None:
        modes.watcher.ended(grads)
    return grads


def _announce(sources: Sequence[Any], grads: Sequence[Any]) -> Sequence[Any]:
    """Tell who wants to know that a backward pass begins; the gradients it begins with."""
    for listener in modes.starting:
        listener(sources)
    if modes.watcher is not None:
        modes.watcher.began(sources, grads)
    if modes.recorder is not None:
        grads = modes.recorder.differentiates(sources, grads)
    return grads


def _deliver_output(
    grads: dict[Any, Any], queue: list[tuple[int, Primitive]], source: Output, g: Any
) -> None:
    """Add a gradient to the ones that arrived at the other outputs of a node."""
    node, index = source.node, source.index
    if node not in grads:
        grads[node] = [None] * node.arity
        heappush(queue, (node.seq, node))
    arrived = grads[node]
    arrived[index] = g if arrived[index] is None else arrived[index] + g


def rule_gradients(node: Primitive, ctx: Any, g: Any, path: set[Any] | None) -> Sequence[Any]:
    """The gradients of a node's inputs, None where none goes: what its rules give, fitted."""
    rules = node.rules
    if node.variadic:
        joint: Any = rules[0]
        given = joint(ctx, *g) if node.several else joint(ctx, g)
        pairs = zip(node.sources, given, strict=True)
        results: Sequence[Any] = [None if source is None else gx for source, gx in pairs]
    elif node.several or path is not None or len(rules) > 2:
        parts = g if node.several else (g,)
        results = [
            None
            if source is None or rule is None or (path is not None and _end(source) not in path)
            else rule(ctx, *parts)
            for source, rule in zip(node.sources, rules, strict=True)
        ]
    elif len(rules) == 1:  # one and two inputs are the commonest: flat
        rule: Any = rules[0]
        results = (rule(ctx, g),)
    else:
        x, y = node.sources
        x_rule, y_rule = rules
        results = (
            None if x is None or x_rule is None else x_rule(ctx, g),
            None if y is None or y_rule is None else y_rule(ctx, g),
        )
    if node.metas is not None:
        results = [_fit(gx, meta) for gx, meta in zip(results, node.metas, strict=True)]
    return results


def _fit(g: Any, meta: tuple[Any, Any] | None) -> Any:
    """A gradient in the shape and dtype its input had before broadcasting and promotion."""
    if g is None or meta is None:
        return g
    if type(meta) is not tuple:  # the input was the same for all examples of a vmap
        g = meta.summed(g)  # type: ignore[attr-defined]
    shape, kind = meta
    if tuple(g.shape) != shape:
        g = sum_to_size(g, shape)
    return g if unwrap(g).dtype is kind else to_dtype(g, kind)


def _end(source: Any) -> Any:
    return source.node if type(source) is Output else source


def _path_to(wanted: dict[Any, Any], roots: Sequence[Any]) -> set[Any]:
    """The nodes and leaves from which one of the wanted can be reached."""
    ends = {key[0] if isinstance(key, tuple) else key for key in wanted}
    found = set(ends)
    order: list[Any] = []
    seen: set[Any] = set()
    stack = [_end(root) for root in roots]
    while stack:
        node = stack.pop()
        if node in seen or not isinstance(node, Primitive):
            continue
        seen.add(node)
        order.append(node)
        stack.extend([_end(source) for source in node.sources if source is not None])
    for node in sorted(order, key=lambda node: -node.seq):  # oldest first: inputs before outputs
        if any(_end(source) in found for source in node.sources if source is not None):
            found.add(node)
    return found


def _capture(wanted: dict[Any, Any], node: Primitive, g: Any) -> None:
    if node in wanted:
        wanted[node] = g
    if node.several:
        for index, each in enumerate(g):
            if (node, index) in wanted:
                wanted[node, index] = each


def run_hooks(hooks: Hooks | None, g: Any) -> Any:
    """A gradient after its hooks, each of which sees a tensor and may return another."""
    if not hooks:
        return g
    raw = not isinstance(g, TensorBase)
    tensor = wrap(as_array(g)) if raw else g
    for hook in list(hooks.values()):
        replaced = hook(tensor)
        if replaced is not None:
            tensor = replaced
    return tensor._data if raw else tensor


def _before(node: Primitive, g: Any) -> Any:
    """Tensor hooks by output, then the node's own prehooks."""
    parts = g if node.several else [g]
    for index, hooks in (node.hooks or {}).items():
        if parts[index] is not None:
            parts[index] = run_hooks(hooks, parts[index])
    for hook in list((node.prehooks or {}).values()):
        replaced = hook(_tensors(parts))
        if replaced is not None:
            parts = _like(parts, replaced)
    return parts if node.several else parts[0]


def _after(node: Primitive, results: Sequence[Any], g: Any) -> Sequence[Any]:
    """What runs after a node: the NaN check of anomaly mode, a watcher, and the node's hooks."""
    if node.packed is not None:
        node.pack_again()
    if modes.anomaly and modes.check_nan:
        check_nan(node, results)
    if modes.watcher is not None:
        modes.watcher.went_back(node, g, results)
    for hook in list((node.posthooks or {}).values()):
        replaced = hook(_tensors(results), _tensors(g if node.several else [g]))
        if replaced is not None:
            results = _like(results, replaced)
    return results


def _tensors(parts: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(p if p is None or isinstance(p, TensorBase) else wrap(as_array(p)) for p in parts)


def _like(parts: Sequence[Any], replaced: Any) -> list[Any]:
    """A hook's answer (a tensor or a tuple of them) as raw as what it was given."""
    given = replaced if isinstance(replaced, (tuple, list)) else (replaced,)
    raw = not any(isinstance(p, TensorBase) for p in parts)
    return [optional(each) if raw else each for each in given]
