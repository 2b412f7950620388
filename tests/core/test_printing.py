"""What is printed, against what PyTorch printed (recorded by tools/record_printing.py)."""

import json
import runpy
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from chainrule.core.printing import (
    format_array,
    get_printoptions,
    printoptions,
    set_printoptions,
    tensor_repr,
)

ROOT = Path(__file__).parents[2]
RECORDER = runpy.run_path(str(ROOT / "tools" / "record_printing.py"))
CASES = json.loads((ROOT / "tests" / "golden" / "printing.json").read_text())
DEFAULTS = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}


@pytest.fixture(autouse=True)
def restore_options():
    before = get_printoptions()
    yield
    set_printoptions(**before)


def array_of(case):
    array = RECORDER["build"](case)
    with np.errstate(all="ignore"):
        if case["dtype"] == "bfloat16":
            array = array.astype(np.float32).astype(ml_dtypes.bfloat16)
        else:
            array = array.astype(case["dtype"])
    return RECORDER["arrange"](array, case.get("order", "plain"))


def printed(case):
    suffixes = ["requires_grad=True"] if case.get("requires_grad") else []
    suffixes += ["grad_fn=<CloneBackward0>"] if case.get("grad_fn") else []
    with printoptions(**case.get("options", {})):
        return tensor_repr(
            array_of(case),
            dtype="torch." + case["dtype"],
            default_dtype="torch." + case.get("default_dtype", "float32"),
            suffixes=suffixes,
        )


def test_prints_what_pytorch_printed():
    assert len(CASES) > 1000
    wrong = [(case, text) for case in CASES if (text := printed(case)) != case["printed"]]
    if wrong:
        case, text = wrong[0]
        pytest.fail(f"{len(wrong)} of {len(CASES)} differ, first {case}\n{text}")


def test_reads_only_the_edges():
    million = 10**6
    array = np.broadcast_to(np.float32(1.5), (million, million))
    row = "[1.5000, 1.5000, 1.5000,  ..., 1.5000, 1.5000, 1.5000]"
    rows = [row] * 3 + ["..."] + [row] * 3
    assert tensor_repr(array) == "tensor([" + (",\n" + " " * 8).join(rows) + "])"


def test_notes_come_in_pytorchs_order():
    text = tensor_repr(
        np.zeros((0, 3)),
        dtype="torch.float64",
        device="cuda:0",
        suffixes=["requires_grad=True"],
    )
    assert text == (
        "tensor([], device='cuda:0', size=(0, 3), dtype=torch.float64,\n       requires_grad=True)"
    )


def test_later_lines_follow_the_prefix():
    text = tensor_repr(np.eye(2), prefix="Example(", suffixes=["x" * 80])
    assert text.split("\n") == [
        "Example([[1., 0.],",
        " " * 9 + "[0., 1.]],",
        " " * 8 + "x" * 80 + ")",
    ]


def test_format_array_alone():
    assert format_array(np.array(2.5)) == "2.5000"
    assert format_array(np.empty((2, 0))) == "[]"
    assert format_array(np.array([[1], [-2]]), indent=3) == "[[ 1],\n    [-2]]"


def test_leaves_the_array_alone_and_repeats_itself():
    array = np.array([[1.0, np.nan], [-0.0, 1e-9]])
    before = array.tobytes()
    assert len({tensor_repr(array) for _ in range(100)}) == 1
    assert array.tobytes() == before


@pytest.mark.parametrize(
    ("profile", "changed"),
    [
        ("default", {}),
        ("short", {"precision": 2, "edgeitems": 2}),
        ("full", {"threshold": float("inf")}),
    ],
)
def test_profiles(profile, changed):
    set_printoptions(precision=9, threshold=7, edgeitems=1, linewidth=33)
    set_printoptions(profile=profile)
    assert get_printoptions() == DEFAULTS | changed


def test_an_unknown_profile_changes_nothing():
    set_printoptions(precision=9, profile="huge")
    assert get_printoptions() == DEFAULTS | {"precision": 9}


def test_arguments_win_over_the_profile():
    set_printoptions(precision=7, profile="short", sci_mode=False)
    expected = {"precision": 7, "edgeitems": 2, "sci_mode": False}
    assert get_printoptions() == DEFAULTS | expected


def test_every_call_sets_sci_mode():
    set_printoptions(sci_mode=True, linewidth=100)
    assert get_printoptions()["sci_mode"] is True
    set_printoptions(precision=3)
    assert get_printoptions() == DEFAULTS | {"precision": 3, "linewidth": 100}


def test_get_printoptions_is_a_copy():
    get_printoptions()["precision"] = 9
    assert get_printoptions() == DEFAULTS


def test_the_context_restores_after_an_error():
    set_printoptions(sci_mode=True)
    inside = DEFAULTS | {"precision": 2, "edgeitems": 2, "linewidth": 20}
    with pytest.raises(KeyError, match="a mistake"), printoptions(profile="short", linewidth=20):
        raise KeyError("a mistake" if get_printoptions() == inside else "wrong options")
    assert get_printoptions() == DEFAULTS | {"sci_mode": True}


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'width'"):
        printoptions(width=3).__enter__()
    assert get_printoptions() == DEFAULTS
