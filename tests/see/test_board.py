"""Board and Chart: what is seen in a log, a terminal, a notebook and a file."""

import gc
import io
import math
import sys
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as torch
from chainrule.learn.plots import Animator
from chainrule.see import board as boards
from chainrule.see.board import Board
from chainrule.see.charts import Chart, label, thinned, ticks


class Screen(io.StringIO):
    """A terminal that obeys what a board writes: up, erase, colour."""

    def isatty(self):
        return True

    def seen(self):
        lines, row = [], 0
        for part in self.getvalue().replace("\033[K", "").split("\033["):
            head, _, rest = part.partition("F")
            if head.isdigit():
                row -= int(head)
                part = rest
            elif part.startswith("J"):
                del lines[row:]
                part = part[1:]
            else:
                part = part.partition("m")[2] if part[:1].isdigit() else part
            for index, text in enumerate(part.split("\n")):
                if index:
                    row += 1
                if row == len(lines):
                    lines.append("")
                lines[row] = text if index or "F" in head else lines[row] + text
        return lines


def test_a_log_has_a_line_for_each_point(capsys):
    board = Board("step")
    board.add(1, loss=torch.tensor(0.5, requires_grad=True), accuracy=None)
    board.add(2, {"train loss": np.float32(0.25)}, loss=float("nan"))
    assert capsys.readouterr().out == "step 1: loss 0.5\nstep 2: train loss 0.25, loss nan\n"


def test_a_terminal_is_drawn_in_place(monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("LINES", "12")
    screen = Screen()
    board = Board("step", pause=0, stream=screen)
    for step in range(100):
        board.add(step, loss=1 / (step + 1), other=step / 100)
    assert screen.getvalue().count("\n") == 100 * 10  # 8 rows of dots and 2 of the axis
    last = screen.getvalue().rpartition("F")[2]
    assert "\033[34m" in last
    assert "loss 0.01" in last
    assert "other 0.99" in last
    assert max(len(line) for line in str(board).splitlines()) < 90


def test_the_last_state_is_drawn_in_any_case():
    screen = Screen()
    board = Board(pause=1000, stream=screen)
    for step in range(50):
        board.add(step, loss=step)
    assert "loss 0" in screen.getvalue()
    assert "loss 49" not in screen.getvalue()
    del board
    gc.collect()
    assert "loss 49" in screen.getvalue()


def test_the_end_of_a_with_block_draws():
    screen = Screen()
    with Board(pause=1000, stream=screen) as board:
        board.add(1, loss=1)
        board.add(2, loss=7)
        assert "loss 7" not in screen.getvalue()
    assert "loss 7" in screen.getvalue()


@pytest.fixture
def notebook(monkeypatch):
    """A notebook that remembers what is displayed, and the functions called after a cell."""
    shown, hooks = [], []
    handle = SimpleNamespace(update=lambda thing: shown.append(("update", thing)))

    def display(thing, display_id):
        shown.append(("display", thing))
        return handle

    events = SimpleNamespace(
        register=lambda name, hook: hooks.append(hook),
        unregister=lambda name, hook: hooks.remove(hook),
    )
    ipython, display_module = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython = lambda: SimpleNamespace(events=events)
    display_module.display = display
    inline = ModuleType("matplotlib_inline.backend_inline")
    inline.set_matplotlib_formats = lambda *formats: None
    for name, module in {
        "ipykernel": ModuleType("ipykernel"),
        "IPython": ipython,
        "IPython.display": display_module,
        "matplotlib_inline": ModuleType("matplotlib_inline"),
        "matplotlib_inline.backend_inline": inline,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    return SimpleNamespace(shown=shown, hooks=hooks)


def test_a_notebook_changes_one_output(notebook, capsys):
    board = Board(pause=1000)
    for step in range(3):
        board.add(step, loss=step)
    assert notebook.shown == [("display", board.chart)]
    notebook.hooks[0]("the result of the cell")
    assert notebook.shown[1:] == [("update", board.chart)]
    notebook.hooks[0]()
    assert len(notebook.shown) == 2
    assert capsys.readouterr().out == ""
    del board
    gc.collect()
    notebook.hooks[0]()
    assert notebook.hooks == []


def test_svg():
    chart = Chart("<x>", "y", {"a & b": ([0, 1, 2, 3], [1, math.nan, 3, 4]), "dot": ([1], [2])})
    root = ElementTree.fromstring(chart._repr_svg_())
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert (tags.count("polyline"), tags.count("circle")) == (1, 2)
    assert {"<x>", "y", "a & b", "dot"} <= {element.text for element in root.iter()}
    assert ElementTree.fromstring(Chart()._repr_svg_()) is not None


def test_pictures_and_films(tmp_path):
    pytest.importorskip("matplotlib")
    pillow = pytest.importorskip("PIL.Image")
    board = Board("step", "loss", yscale="log", stream=io.StringIO())
    for step in range(5):
        board.add(step, loss=10.0**-step)
    for name in ("x.png", "x.svg", "x.gif"):
        board.save(tmp_path / name)
    with pillow.open(tmp_path / "x.png") as image:
        assert image.size == (600, 420)
    with pillow.open(tmp_path / "x.gif") as film:
        assert film.n_frames == 5
    assert (tmp_path / "x.svg").read_text("utf-8") == board._repr_svg_()


def test_matplotlib_is_not_needed_before(monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [])
    board = Board(stream=io.StringIO())
    board.add(1, loss=1)
    board.save(tmp_path / "x.svg")
    with pytest.raises(ImportError, match=r"needs matplotlib.*pip install 'chainrule\[plot\]'"):
        board.save(tmp_path / "x.png")


@pytest.mark.parametrize(
    "curve",
    [
        ([], []),
        ([1], [2]),
        ([1, 1], [2, 2]),
        ([1, 2, 3], [math.nan] * 3),
        ([1, 2, 3], [math.inf, -math.inf, 1]),
        ([1, 2, 3], [1e300, -1e300, 0]),
        ([1, 2], [-1, -2]),
        ([1, 2, 3], [1.7e308, -1.7e308, 1.5]),
        ([1, 2], [1.0, 1 + 2e-16]),
        ([1, 2], [0.0, 5e-324]),
    ],
)
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_curves_that_are_hard_to_draw(curve, scale):
    chart = Chart("x", "y", {"c": curve}, yscale=scale)
    assert len(chart.text(20, 4).splitlines()) == 7
    ElementTree.fromstring(chart.svg())


def test_one_point_is_seen():
    assert Chart(curves={"c": ([1], [2])}).text(20, 4).count("●") == 1


def test_what_lies_outside_the_limits_is_cut_off():
    chart = Chart(curves={"c": ([0, 1, 2, 3], [0.5, 0.5, 100, 1e30])}, xlim=[0, 3], ylim=[0, 1])
    rows = chart.text(20, 4).splitlines()
    assert rows[0].startswith("1 ┤")
    assert "⠤" in rows[1] or "⠒" in rows[2] or "⠉" in rows[2]


def test_the_spike_of_a_long_curve_is_seen():
    ys = np.zeros(100_000)
    ys[54_321] = 5.0
    xs, thin = thinned(np.arange(100_000.0), ys, 100)
    assert len(xs) <= 202
    assert thin.max() == 5
    assert (np.diff(xs) > 0).all()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3, 3, [-3, -2, -1, 0, 1, 2, 3]),
        (1e-9, 2e-9, [1e-9, 1.2e-9, 1.4e-9, 1.6e-9, 1.8e-9, 2e-9]),
    ],
)
def test_ticks(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def test_labels():
    assert [label(0.5), label(-2, "log"), label(12345678), label(0.1 + 0.2)] == [
        "0.5",
        "0.01",
        "1.235e+07",
        "0.3",
    ]


def test_a_scale_has_a_name():
    with pytest.raises(ValueError, match="'linear' or 'log', not 'cubic'"):
        Board(yscale="cubic")


@pytest.fixture
def plt():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    yield pyplot
    pyplot.close("all")


def test_the_animator_prints_nothing_and_draws_its_figure(plt, capsys):
    animator = Animator(xlabel="epoch", xlim=[1, 3], ylim=[0, 1], legend=["loss", "acc"])
    for epoch in range(1, 4):
        animator.add(epoch, (1 / epoch, None if epoch == 2 else 0.5))
    assert capsys.readouterr() == ("", "")
    lines = animator.axes[0].get_lines()
    assert [line.get_xdata().tolist() for line in lines] == [[1, 2, 3], [1, 3]]
    assert [text.get_text() for text in animator.axes[0].get_legend().texts] == ["loss", "acc"]
    assert plt.gcf() is animator.fig


def test_the_animator_without_names(plt):
    animator = Animator(nrows=1, ncols=2)
    animator.add(1, 2)
    animator.add([1, 2], [torch.tensor(3.0), 4])
    assert list(animator.board.chart.curves) == ["curve 1", "curve 2"]
    assert animator.axes[0].get_legend() is None
    assert len(animator.axes) == 2


def test_the_animator_in_a_terminal(plt, monkeypatch):
    screen = Screen()
    monkeypatch.setattr(boards.sys, "stdout", screen)
    animator = Animator(xlabel="epoch", legend=["loss"])
    animator.add(1, 2)
    assert "loss 2" in screen.getvalue()


def test_the_animator_in_a_notebook(plt, notebook):
    animator = Animator(xlabel="epoch", legend=["loss"])
    animator.add(1, 2)
    animator.add(2, 1)
    assert notebook.shown == [("display", animator.fig), ("update", animator.fig)]
    assert plt.get_fignums() == []  # nothing is left to be shown once more
