"""Layers, order and boxes of a graph."""

import pytest
from see import samples

from chainrule.see.layout import CROWD, boxes, layered


def real(layers):
    return [[node for node in layer if not node.startswith("d:")] for layer in layers]


def test_a_leaf_stands_just_before_its_first_user():
    edges = [("x", "mul"), ("w", "mul"), ("mul", "sub"), ("y", "sub")]
    assert real(layered(["x", "w", "mul", "y", "sub"], edges).layers) == [
        ["x", "w"],
        ["mul", "y"],
        ["sub"],
    ]


def test_long_edges_of_one_node_share_their_dummies():
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "c"), ("a", "d")]
    routes = layered("abcd", edges).routes
    assert routes == {("a", "c"): ["d:a:1"], ("a", "d"): ["d:a:1", "d:a:2"]}


def test_the_median_heuristic_takes_out_crossings():
    edges = [("a", "y"), ("b", "x"), ("c", "z")]
    upper, lower = layered("abcxyz", edges).layers
    assert [upper.index(u) for u, _ in edges] == [lower.index(v) for _, v in edges]


def test_edges_from_outside_come_in_before_the_first_layer():
    placed = layered(["w", "mul", "out"], [("w", "mul"), ("mul", "out")], [("box:x", "mul")], ["w"])
    assert placed.routes == {("box:x", "mul"): ["d:box:x:0"], ("w", ""): ["d:w:1", "d:w:2"]}


def test_cycles_are_drawn_backwards():
    placed = layered("abc", [("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")])
    assert real(placed.layers) == [["a"], ["b"], ["c"]]
    assert placed.routes == {("c", "a"): ["d:a:1"]}


def test_nothing_has_no_layers():
    assert layered([], []).layers == []
    assert [box["id"] for box in boxes({"tensors": [], "ops": []})] == ["m:"]


def test_equal_graphs_are_drawn_equally():
    step = samples.network()["steps"][0]
    assert boxes(step) == boxes(step)


def test_modules_are_boxes_in_boxes():
    found = {box["id"]: box for box in boxes(samples.network()["steps"][0])}
    assert list(found) == ["m:", "m:net", "m:net.0", "m:net.1", "m:net.2", "m:net.3"]
    assert found["m:net.0"]["parent"] == "m:net"
    assert found["m:net.0"]["name"] == "0"
    assert real(found["m:net.0"]["layers"]) == [["t2"], ["o0"], ["t3"]]
    assert real(found["m:net"]["layers"]) == [["m:net.0"], ["m:net.1"], ["m:net.2"], ["m:net.3"]]


def test_data_that_a_module_is_called_with_stays_outside():
    document = samples.network()
    data = document["steps"][0]["tensors"][0]
    data |= {"module": "net.0", "requires_grad": False}
    outer = boxes(document["steps"][0])[0]
    assert real(outer["layers"]) == [["t1"], ["m:net"]]


@pytest.mark.parametrize("length", [1, 100, 2500])
def test_no_box_is_crowded(length):
    step = samples.chain(length)["steps"][0]
    found = boxes(step)
    children = [node for box in found for layer in real(box["layers"]) for node in layer]
    assert all(sum(map(len, real(box["layers"]))) <= CROWD for box in found)
    assert len(children) == len(set(children))
    nodes = {each["id"] for each in step["tensors"] + step["ops"]}
    assert nodes <= set(children)


def test_a_module_that_is_used_twice_closes_a_cycle_of_boxes():
    step = samples.network(1)["steps"][0]
    step["ops"][1]["module"] = None
    again = samples.op(9, "@", [4], [9], module="net.0")
    step["ops"].append(again)
    step["tensors"].append(samples.tensor(9, "again", "1.0", None, op="o9", module="net.0"))
    assert len(boxes(step)) == 3
