"""Old spellings that today's libraries dropped keep working inside a run.

A repair is a function that is given a module of another project right after it was imported. Here
too is what a run adds to other projects: stand-ins for IPython, processes that start as this one.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .hook import Aliases
from .ipython import display
from .shell import get_ipython

NUMPY_NAMES = {
    "Inf": "inf",
    "Infinity": "inf",
    "NaN": "nan",
    "PINF": "inf",
    "alltrue": "all",
    "complex_": "complex128",
    "cumproduct": "cumprod",
    "float_": "float64",
    "in1d": "isin",
    "infty": "inf",
    "product": "prod",
    "row_stack": "vstack",
    "sometrue": "any",
    "string_": "bytes_",
    "trapz": "trapezoid",
    "unicode_": "str_",
}
NUMPY_TYPES = {"complex": complex, "float": float, "int": int, "object": object, "str": str}
WINDOWS = ("gtk", "macosx", "qt", "tk", "wx")
CHILD = f"{__package__}.child"
"""The module that stands for the program in a process that starts from nothing."""


def repair_numpy(numpy: ModuleType) -> None:
    """Names that NumPy 1.24 and 2.0 removed."""
    for old, value in NUMPY_TYPES.items():
        vars(numpy).setdefault(old, value)
    for old, new in NUMPY_NAMES.items():
        vars(numpy).setdefault(old, getattr(numpy, new))


def repair_ipython(module: ModuleType) -> None:
    """Outside its own shell IPython has none; a run has one."""
    vars(module)["get_ipython"] = get_ipython


def repair_display(module: ModuleType) -> None:
    """What moved from IPython.display to matplotlib_inline."""
    for name in ("set_matplotlib_formats", "set_matplotlib_close"):
        vars(module).setdefault(name, getattr(display, name))


def repair_matplotlib(matplotlib: Any) -> None:
    """Without a screen, a backend that needs one becomes Agg, which shows nothing."""
    use = matplotlib.use

    def use_what_works(backend: str, *, force: bool = True) -> None:
        """Select the backend, or Agg where it would need a screen and there is none."""
        impossible = backend.lower().startswith(WINDOWS) and not has_screen()
        use("Agg" if impossible else backend, force=force)

    matplotlib.use = use_what_works


def repair_agg(agg: Any) -> None:
    """Without a screen nothing is drawn for it (a file is drawn when it is saved)."""
    if not has_screen():
        agg.FigureCanvasAgg.draw_idle = lambda canvas: None


def repair_styles(style: Any) -> None:
    """The styles of seaborn had no version in their names before Matplotlib 3.6."""
    for name in list(style.library):
        style.library.setdefault(name.replace("-v0_8", ""), style.library[name])


def repair_spawn(spawn: Any) -> None:
    """A process that imports the program anew imports it as a run does."""
    prepare = spawn.get_preparation_data

    def get_preparation_data(name: str) -> dict[str, Any]:
        """What multiprocessing tells a new process, with our module in place of the program."""
        data = prepare(name)
        data.pop("init_main_from_path", None)
        return data | {"init_main_from_name": CHILD}

    spawn.get_preparation_data = get_preparation_data


REPAIRS: dict[str, Callable[[Any], None]] = {
    "IPython": repair_ipython,
    "IPython.display": repair_display,
    "matplotlib": repair_matplotlib,
    "matplotlib.backends.backend_agg": repair_agg,
    "matplotlib.style": repair_styles,
    "multiprocessing.spawn": repair_spawn,
    "numpy": repair_numpy,
}


class Repairing(Loader):
    """Loads a module as another loader does, then repairs it."""

    def __init__(self, loader: Any, repair: Callable[[ModuleType], None]) -> None:
        self.loader = loader
        self.repair = repair

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """What the other loader creates."""
        return self.loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Run the module under its own loader, then the repair."""
        module.__spec__.loader = self.loader
        if module.__loader__ is self:
            module.__loader__ = self.loader
        self.loader.exec_module(module)
        self.repair(module)


class Repairs(MetaPathFinder):
    """Finds what the other finders find and puts the repair behind it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module that has a repair."""
        if fullname not in REPAIRS:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None:
            spec.loader = Repairing(spec.loader, REPAIRS[fullname])
        return spec


FINDER = Repairs()
STAND_INS = Aliases({"IPython": f"{__package__}.ipython"})


def has_screen() -> bool:
    """Whether windows can be opened, which only macOS and Windows take for granted."""
    named = "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return named or sys.platform in ("darwin", "win32")


def install() -> None:
    """Repair what is imported and what will be; stand in for IPython where it is not installed."""
    if FINDER in sys.meta_path:
        return
    sys.meta_path.insert(0, FINDER)
    sys.meta_path.append(STAND_INS)
    for name, repair in REPAIRS.items():
        if name in sys.modules:
            repair(sys.modules[name])
    if not has_screen():
        os.environ.setdefault("MPLBACKEND", "Agg")
    warnings.filterwarnings("ignore", message=".* is non-interactive, and thus cannot be shown")
