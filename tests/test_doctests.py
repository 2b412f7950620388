"""Every example in a docstring of the package does what it says."""

import builtins
import doctest
import importlib
from pathlib import Path

import pytest

import chainrule
from chainrule.nn import functional

PACKAGE = Path(__file__).parent.parent / "src" / "chainrule"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
EXTRAS = {"cupy", "llvmlite", "marimo", "matplotlib", "ml_dtypes", "mpi4py"}


def modules() -> list[str]:
    """The dotted names of the modules that show an example."""
    files = (file for file in sorted(PACKAGE.rglob("*.py")) if ">>> " in file.read_text("utf-8"))
    paths = (file.relative_to(PACKAGE.parent).with_suffix("") for file in files)
    return [".".join(path.parts).removesuffix(".__init__") for path in paths]


@pytest.mark.parametrize("name", modules())
def test_examples(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        pytest.skip(f"needs {error.name}")
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    doors = (chainrule.nn, chainrule.utils.data, chainrule.io, chainrule)
    public = {"torch": chainrule, "nn": chainrule.nn, "F": functional}
    public.update(item for door in doors for item in vars(door).items())
    own = {key: value for key, value in vars(module).items() if value is not public.get(key)}
    mine = {key for key, value in own.items() if getattr(value, "__module__", name) == name}
    names = {key: public[key] for key in public if not hasattr(builtins, key)}
    names = {**vars(module), **names, **{key: own[key] for key in mine}}
    for example in doctest.DocTestFinder(exclude_empty=True).find(module, globs=names):
        runner.run(example, out=report.append)
    assert not runner.failures, "".join(report)
