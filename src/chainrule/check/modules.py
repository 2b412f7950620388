"""Modules: dead units, batches of one, evaluation as in training and training as in evaluation."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any

from ..core.modes import modes
from ..core.primitive import Primitive
from ..core.sites import user_line
from ..core.tensor import TensorBase
from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.dropout import _DropoutNd
from ..ops.piecewise import Relu
from .facts import Facts, Rule, line_of, node_of
from .findings import Line
from .source import statements, tree

EVERY = 8  # of so many calls of a ReLU one is looked at, after the first few
CALLS = 5  # looks in which a unit must have been dead
DEAD = 0.5  # share of a layer's units
LARGE = 1 << 20  # elements that are too many to look at
IDLE = 3  # graphs of a line that nobody used


class Life:
    """Told whether gradients ever went through a result, and when it dies."""

    def __init__(self, rule: Modules, where: Line, training: bool, key: int) -> None:
        self.rule, self.where, self.training, self.key = rule, where, training, key
        self.used = False

    def use(self) -> None:
        """The result's node ran backward."""
        if not self.used:
            self.used = True
            self.rule.was_used(self)

    def __del__(self) -> None:
        if not self.used:
            self.rule.was_idle(self)


class Units:
    """Which units of one ReLU were alive in the calls looked at."""

    def __init__(self) -> None:
        self.calls = self.looks = 0
        self.alive: Any = None

    def look(self, data: Any) -> None:
        """One more call."""
        self.calls += 1
        if (self.calls > EVERY and self.calls % EVERY) or data.size > LARGE:
            return
        axes = (0, *range(2, data.ndim))
        alive = (data > 0).any(axis=axes)
        if self.alive is None or self.alive.shape != alive.shape:
            self.alive, self.looks = alive, 0
        self.alive |= alive
        self.looks += 1


class Modules(Rule):
    """Watches how models are called."""

    ops: dict[type[Primitive], str] = {Relu: "relu"}

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.units: dict[tuple[Line, int], Units] = {}
        self.in_step: Counter[Line] = Counter()  # ReLUs of a line since the last backward pass
        self.idle: Counter[tuple[Line, bool]] = Counter()
        self.used: set[Line] = set()
        self.trained: set[int] = set()  # models that were trained in training mode
        self.frozen: dict[int, Life] = {}  # the last call in eval mode that was sent back
        self.eval_steps: Counter[int] = Counter()
        self.over = False

    # Dead units

    def relu(self, node: Any, inputs: Any, results: Any) -> None:
        """A ReLU of a batch."""
        data = results[0]._data
        if data.ndim < 2 or data.shape[0] < 2:
            return
        where = line_of(node)
        if where is not None:
            key = (where, self.in_step[where])
            self.in_step[where] += 1
            self.units.setdefault(key, Units()).look(data)

    def ended(self, grads: dict[Any, Any]) -> None:
        """The next step begins."""
        self.in_step.clear()

    # Batches of one

    def normalises(self, module: Any, args: tuple[Any, ...]) -> None:
        """A batch normalisation is called."""
        if not (module.training and modes.grad):
            return
        data = args[0]._data if args and isinstance(args[0], TensorBase) else None
        if data is not None and data.ndim >= 2 and data.shape[0] == 1:
            what = f"{type(module).__name__} in training mode got a batch of one sample."
            self.found("batchnorm-of-one", user_line(), what)

    # Modes

    def left(self, module: Any, args: tuple[Any, ...], result: Any) -> None:
        """A model was called from outside."""
        where = user_line()
        if where is None:
            return
        if not modes.grad:
            if module.training and id(module) in self.trained and self._alone(module):
                names = _modal(module)
                if names and _evaluates(where):
                    what = f"the model is in training mode here, and has {names}."
                    self.found("eval-missing", where, what)
            return
        if module.training and where in self.used:
            return
        node = node_of(result) if isinstance(result, TensorBase) else None
        if node is not None:
            life = Life(self, where, module.training, id(module))
            node.life = life  # type: ignore[attr-defined]

    def _alone(self, module: Any) -> bool:
        """Whether this is the only model that learns: it is no teacher and no generator."""
        return self.trained == {id(module)}

    def was_used(self, life: Life) -> None:
        """A result of a model was part of a loss."""
        self.used.add(life.where)
        if not life.training:
            self.frozen[life.key] = life

    def was_idle(self, life: Life) -> None:
        """A result of a model was thrown away with its graph."""
        if self.over or life.where in self.used:
            return
        self.idle[life.where, life.training] += 1
        model = self.facts.models.get(life.key)
        if model is None or life.key not in self.trained:
            return
        if self.idle[life.where, life.training] == IDLE:
            if not life.training:
                what = f"the model's result is not used for gradients, {IDLE} times on this line."
                self.found("no-grad-missing", life.where, what)
            elif names := _modal(model):
                what = f"the model is evaluated in training mode, and has {names}."
                self.found("eval-missing", life.where, what)

    def stepped(self, optimizer: Any) -> None:
        """A step: which models were trained, in which mode?"""
        held = {id(p) for p in self.facts.held}
        for key, model in self.facts.models.items():
            if key in self.trained and key not in self.frozen:
                continue
            if not any(id(p) in held for p in model.parameters()):
                continue
            life = self.frozen.pop(key, None)
            if life is None:
                self.trained.add(key)
            elif key in self.trained and (names := _modal(model, training=False)):
                self.eval_steps[key] += 1
                if self.eval_steps[key] == 2:
                    what = f"the model trains in eval mode since an evaluation; it has {names}."
                    self.found("left-in-eval", life.where, what)

    def finish(self) -> None:
        """The units that were never alive."""
        self.over = True
        for (where, _), units in self.units.items():
            if units.looks < CALLS:
                continue
            dead = int((~units.alive).sum())
            if dead >= max(2, DEAD * units.alive.size):
                what = f"{dead} of {units.alive.size} ReLU units gave 0 for every sample seen."
                self.found("dead-relu", where, what)


def _modal(model: Any, training: bool = True) -> str:
    """The layers of a model that differ between training and evaluation, by their types."""
    names = {
        type(m).__name__
        for m in model.modules()
        if m.training is training
        and (isinstance(m, _BatchNorm) or (isinstance(m, _DropoutNd) and m.p > 0))
    }
    return " and ".join(sorted(names))


def _evaluates(where: Line) -> bool:
    """Whether what a line computes under no_grad does not go into a loss, by the program's text."""
    inside = statements(where)
    if not inside:
        return False
    scope: Any = next(
        (s for s in reversed(inside) if isinstance(s, ast.FunctionDef)), tree(where[0])
    )
    if isinstance(inside[-1], ast.Return):
        return False  # its caller may use it
    made = {n for s in inside if isinstance(s, ast.With) for n in _names(s, ast.Store)}
    made |= _names(inside[-1], ast.Store)
    return not made & _behind_losses(scope)


def _names(tree: ast.AST, context: type) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _behind_losses(scope: ast.AST) -> set[str]:
    """The names from which anything that is sent backward is computed."""
    found: set[str] = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.Attribute) and node.attr == "backward":
            found |= _names(node.value, ast.Load)
    assigned = [n for n in ast.walk(scope) if isinstance(n, (ast.Assign, ast.AugAssign))]
    size = -1
    while len(found) > size:
        size = len(found)
        for each in assigned:
            if _names(each, ast.Store) & found:
                found |= _names(each.value, ast.Load)
    return found
