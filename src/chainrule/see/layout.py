"""Where a graph is drawn: boxes of modules, and the layers and the order of nodes in each box.

The method of Sugiyama, Tagawa and Toda (1981): layers by longest path, dummy nodes on edges that
span several layers, the median heuristic against crossings. It does not know sizes: the page
turns layers and order into coordinates, so that a box can be opened or collapsed at any time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Edge = tuple[str, str]

CROWD = 60  # a box with more children than this is cut into sections
SWEEPS = 12


@dataclass
class Layers:
    """The layers of one box, first to last, and for each long edge the dummies it runs through."""

    layers: list[list[str]]
    routes: dict[Edge, list[str]]


def layered(
    nodes: Sequence[str],
    edges: Iterable[Edge],
    entries: Iterable[Edge] = (),
    exits: Iterable[str] = (),
) -> Layers:
    """Layers and order of a directed graph; edges of cycles may run backwards.

    The order of `nodes` decides ties, so equal graphs are drawn equally. `entries` are edges from
    sources before the first layer, `exits` nodes with edges to beyond the last one (their routes
    are those of (node, "")).

    Example:
        >>> layered(["x", "w", "mul"], [("x", "mul"), ("w", "mul")]).layers
        [['x', 'w'], ['mul']]
    """
    edges = list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))
    backward = _back_edges(nodes, edges)
    forward = [(v, u) if (u, v) in backward else (u, v) for u, v in edges]
    layer = _longest_paths(nodes, forward)
    layers: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in nodes:
        layers[layer[node]].append(node)
    edges += dict.fromkeys([*entries, *((node, "") for node in exits)])
    forward += edges[len(forward) :]
    layer[""] = len(layers)
    routes: dict[Edge, list[str]] = {}
    stems: dict[str, list[str]] = {}
    short: list[Edge] = []
    for edge, (u, v) in zip(edges, forward, strict=True):
        first = layer.get(u, -1) + 1
        trunk = stems.setdefault(u, [])  # all long edges of a node run together as far as they can
        for number in range(first + len(trunk), layer[v]):
            trunk.append(f"d:{u}:{number}")
            layers[number].append(trunk[-1])
        dummies = trunk[: layer[v] - first]
        chain = [end for end in (u, *dummies, v) if end in layer or end in dummies]
        short += pairwise(end for end in chain if end)
        if dummies:
            routes[edge] = dummies[::-1] if edge in backward else dummies
    return Layers(_ordered(layers, list(dict.fromkeys(short))), routes)


def _neighbours(edges: Iterable[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Successors and predecessors of every node that has some."""
    after: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    for u, v in edges:
        after.setdefault(u, []).append(v)
        before.setdefault(v, []).append(u)
    return after, before


def _back_edges(nodes: Sequence[str], edges: Sequence[Edge]) -> set[Edge]:
    """The edges that close a cycle when the graph is walked depth first in the given order."""
    after, _ = _neighbours(edges)
    found: set[Edge] = set()
    done: set[str] = set()
    for root in nodes:
        if root in done:
            continue
        path = {root}
        walk = [(root, iter(after.get(root, ())))]
        while walk:
            node, successors = walk[-1]
            follower = next((v for v in successors if v not in done), None)
            if follower is None:
                walk.pop()
                path.discard(node)
                done.add(node)
            elif follower in path:
                found.add((node, follower))
            else:
                path.add(follower)
                walk.append((follower, iter(after.get(follower, ()))))
    return found


def _longest_paths(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The layer of each node, counted from the end: a leaf stands just before its first user."""
    after, before = _neighbours(edges)
    waiting = {node: len(after.get(node, ())) for node in nodes}
    ready = [node for node in nodes if not waiting[node]]
    height = dict.fromkeys(nodes, 0)
    for node in ready:  # grows while it is read: a node is ready once all its users are placed
        for above in before.get(node, ()):
            height[above] = max(height[above], height[node] + 1)
            waiting[above] -= 1
            if not waiting[above]:
                ready.append(above)
    top = max(height.values(), default=0)
    return {node: top - height[node] for node in nodes}


def _ordered(layers: list[list[str]], edges: Sequence[Edge]) -> list[list[str]]:
    """The order with the fewest crossings that sweeps of the median heuristic come across."""
    after, before = _neighbours(edges)
    best, fewest = layers, _crossings(layers, after)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        layers = _swept(layers if down else layers[::-1], before if down else after)
        layers = layers if down else layers[::-1]
        crossings = _crossings(layers, after)
        if crossings < fewest:
            best, fewest = layers, crossings
    return best


def _swept(layers: list[list[str]], fixed: Mapping[str, list[str]]) -> list[list[str]]:
    """Each layer sorted by the median position of the neighbours in the layer before it."""
    result = layers[:1]
    for layer in layers[1:]:
        place = {node: position for position, node in enumerate(result[-1])}
        own = {node: position for position, node in enumerate(layer)}

        def median(node: str, place: dict = place, own: dict = own) -> float:
            places = sorted(place[other] for other in fixed.get(node, ()))
            if not places:
                return own[node]
            middle = len(places) // 2
            return places[middle] if len(places) % 2 else (places[middle - 1] + places[middle]) / 2

        result.append(sorted(layer, key=median))
    return result


def _crossings(layers: list[list[str]], after: Mapping[str, list[str]]) -> int:
    """How many pairs of edges between neighbouring layers cross."""
    count = 0
    for upper, lower in pairwise(layers):
        place = {node: position for position, node in enumerate(lower)}
        ends = [sorted(place[v] for v in after.get(u, ())) for u in upper]
        tree = [0] * (len(lower) + 1)  # a Fenwick tree: how many earlier edges end at or before i
        seen = 0
        for targets in ends:
            for target in targets:
                count += seen - _prefix(tree, target + 1)
            for target in targets:
                seen += 1
                position = target + 1
                while position < len(tree):
                    tree[position] += 1
                    position += position & -position
    return count


def _prefix(tree: list[int], position: int) -> int:
    """The sum of the first `position` entries of a Fenwick tree."""
    total = 0
    while position:
        total += tree[position]
        position -= position & -position
    return total


def boxes(step: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The boxes of one step of a trace document: modules in modules, each with its layers.

    Nodes go by their ids, no tensor having that of an operation; boxes are named "m:<module>",
    the outermost "m:". A box with more than `CROWD` children is cut into sections of neighbours
    in time.

    Returns:
        One dict per box, parents first: id, name, parent, layers, and routes [u, v, dummies]; of
        an edge from outside u is "<box>:<id of its source>", of one that leaves the box v is "".
    """
    edges = _edges(step)
    parent = _parents(step)
    inside: dict[str, list[str]] = {"m:": []}
    for node, box in parent.items():
        inside.setdefault(box, []).append(node)
    names = {box: box.removeprefix("m:").rpartition(".")[2] for box in inside}
    for box in list(inside):
        _cut(box, inside, parent, names)
    between = {box: Crossing([], [], []) for box in inside}
    for u, v in edges:
        _follow(u, v, parent, between)
    result = []
    for box, children in _parents_first(inside):
        crossing = between[box]
        placed = layered(children, crossing.edges, crossing.entries, crossing.exits)
        routes = [[u, v, dummies] for (u, v), dummies in placed.routes.items()]
        entry = {"id": box, "name": names[box], "parent": parent.get(box)}
        result.append(entry | {"layers": placed.layers, "routes": routes})
    return result


def _edges(step: Mapping[str, Any]) -> list[Edge]:
    """Tensor to operation and operation to tensor, in the order of the program."""
    known = {tensor["id"] for tensor in step["tensors"]}
    edges = []
    for op in step["ops"]:
        edges += [(i, op["id"]) for i in op["inputs"] if i in known]
        edges += [(op["id"], i) for i in op["outputs"] if i in known]
    return edges


def _parents(step: Mapping[str, Any]) -> dict[str, str]:
    """The box of every node and of every module, in the order in which the program met them."""
    tensors = {tensor["id"]: tensor for tensor in step["tensors"]}
    parent: dict[str, str] = {}

    def enter(module: str | None) -> str:
        path = ""
        for name in (module or "").split("."):
            above, path = path, f"{path}.{name}" if path else name
            if path:
                parent.setdefault(f"m:{path}", f"m:{above}")
        return f"m:{path}"

    def place(identity: str | None, module: str | None) -> None:
        tensor = tensors.get(identity)
        if tensor is not None and tensor["id"] not in parent:
            home = "" if _is_given(tensor) else tensor.get("module") or module
            parent[tensor["id"]] = enter(home)

    for op in step["ops"]:
        for identity in op["inputs"]:
            place(identity, None)
        parent[op["id"]] = enter(op.get("module"))
        for identity in op["outputs"]:
            place(identity, op.get("module"))
    for identity in tensors:
        place(identity, None)
    return parent


def _is_given(tensor: Mapping[str, Any]) -> bool:
    """Whether a tensor is data that a module was called with, rather than a part of the module."""
    name, module = tensor.get("name") or "", tensor.get("module") or ""
    data = tensor.get("leaf") and tensor.get("requires_grad") is False
    return bool(data and name and not name.startswith(f"{module}."))


def _cut(
    box: str, inside: dict[str, list[str]], parent: dict[str, str], names: dict[str, str]
) -> None:
    """Neighbours in time of a crowded box move into sections, until no box is crowded."""
    level = 0
    while len(inside[box]) > CROWD:
        children, inside[box] = inside[box], []
        level += 1
        for number, start in enumerate(range(0, len(children), CROWD), 1):
            section = f"{box}/{level}.{number}"
            inside[section] = children[start : start + CROWD]
            inside[box].append(section)
            names[section] = f"part {number}" if level == 1 else f"parts {level}.{number}"
            parent[section] = box
            parent.update(dict.fromkeys(inside[section], section))


@dataclass
class Crossing:
    """The edges in a box: between its children, from outside to a child, from a child outwards."""

    edges: list[Edge]
    entries: list[Edge]
    exits: list[str]


def _follow(u: str, v: str, parent: Mapping[str, str], between: Mapping[str, Crossing]) -> None:
    """Tell each box of the part that an edge has in it; sources from outside are "<box>:<id>"."""
    path, node = [u], u
    while node in parent:
        node = parent[node]
        path.append(node)
    outside = set(path)
    node = v
    while parent[node] not in outside:
        between[parent[node]].entries.append((f"{parent[node]}:{u}", node))
        node = parent[node]
    meeting = path.index(parent[node])
    for child, box in pairwise(path[:meeting]):
        between[box].exits.append(child)
    between[parent[node]].edges.append((path[meeting - 1], node))


def _parents_first(inside: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    """The boxes from the outermost inwards."""
    found = ["m:"]
    for box in found:  # grows while it is read
        found += [child for child in inside[box] if child in inside]
    return [(box, inside[box]) for box in found]
