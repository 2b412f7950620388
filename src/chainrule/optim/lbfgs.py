"""L-BFGS: a quasi-Newton method that keeps the last changes of the gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.grad_mode import enable_grad, no_grad
from ..errors import hint
from ..ops.complex import view_as_real
from ..ops.join import cat
from ..typing import TensorOrNumber
from .checks import check_lr
from .line_search import strong_wolfe
from .optimizer import Optimizer, Params, hooked

Closure = Callable[[], Any]
_CURVED = 1e-10  # pairs with less curvature are left out of the history


class LBFGS(Optimizer):
    """p = p - t H g, with H the inverse Hessian as far as the last gradients show it.

    `step(closure)` needs a closure that computes the loss and its gradients; it is called up to
    `max_eval` times, in up to `max_iter` iterations. t is `lr`, or with
    line_search_fn="strong_wolfe" comes from a search along the direction. All parameters are in
    one group: ValueError for more.

    Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", Mathematical
    Programming 45 (1989).

    >>> import chainrule as torch
    >>> w = torch.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (w * w).sum()
    ...     loss.backward()
    ...     return loss
    >>> first = optimizer.step(closure)
    >>> bool(closure() < 1e-6)
    True
    """

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError(
                hint(
                    "LBFGS doesn't support per-parameter options (parameter groups)",
                    "give all parameters as one list",
                )
            )
        self._params = self.param_groups[0]["params"]

    @hooked
    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Minimize the loss that `closure` computes; returns it as it was at first."""
        with no_grad():
            return self._minimize(enable_grad()(closure))

    def _minimize(self, closure: Closure) -> Any:
        settings, state = self.param_groups[0], self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = closure()
        loss, evaluations = float(first), 1
        state["func_evals"] += 1
        g = self._gradient()
        if g.abs().max() <= settings["tolerance_grad"]:
            return first
        for iteration in range(1, settings["max_iter"] + 1):
            state["n_iter"] += 1
            self._direction(state, settings, g)
            state["prev_flat_grad"], state["prev_loss"] = g.clone(), loss
            d, before = state["d"], loss
            start = state["n_iter"] == 1
            t = state["t"] = (min(1.0, 1.0 / g.abs().sum()) if start else 1) * settings["lr"]
            slope = g.dot(d)
            if slope > -settings["tolerance_change"]:
                break
            last = iteration == settings["max_iter"]
            loss, g, t, count = self._move(closure, settings, (loss, g, t, d, slope), last)
            state["t"] = t
            evaluations += count
            state["func_evals"] += count
            if (
                last
                or evaluations >= settings["max_eval"]
                or g.abs().max() <= settings["tolerance_grad"]
                or (d * t).abs().max() <= settings["tolerance_change"]
                or abs(loss - before) < settings["tolerance_change"]
            ):
                break
        _in_order(state)
        return first

    def _direction(self, state: dict[str, Any], settings: dict[str, Any], g: Any) -> None:
        """Put -H g into the state, and what is known of H."""
        if state["n_iter"] == 1:
            state.update(d=-g, old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return
        changes, moves, weights = state["old_dirs"], state["old_stps"], state["ro"]
        change, move = g - state["prev_flat_grad"], state["d"] * state["t"]
        curvature = change.dot(move)
        if curvature > _CURVED:
            if len(changes) == settings["history_size"]:
                for kept in (changes, moves, weights):
                    kept.pop(0)
            changes.append(change)
            moves.append(move)
            weights.append(1.0 / curvature)
            state["H_diag"] = curvature / change.dot(change)
        shares = state.setdefault("al", [None] * settings["history_size"])
        d = -g
        for i in range(len(changes) - 1, -1, -1):
            shares[i] = moves[i].dot(d) * weights[i]
            d = d - changes[i] * shares[i]
        d = d * state["H_diag"]
        for i, change in enumerate(changes):
            d = d + moves[i] * (shares[i] - change.dot(d) * weights[i])
        state["d"] = d

    def _move(
        self, closure: Closure, settings: dict[str, Any], now: tuple[Any, ...], last: bool
    ) -> tuple[Any, Any, Any, int]:
        """Go along the direction; the loss there, its gradient, how far, how many evaluations."""
        loss, g, t, d, slope = now
        if settings["line_search_fn"] is None:
            self._shift(t, d)
            if last:  # nobody will ask for the gradient there
                return loss, g, t, 0
            return float(closure()), self._gradient(), t, 1
        if settings["line_search_fn"] != "strong_wolfe":
            raise RuntimeError(hint("only 'strong_wolfe' is supported", "or line_search_fn=None"))
        start = [p.clone() for p in self._params]

        def evaluate(distance: Any) -> tuple[float, Any]:
            self._shift(distance, d)
            found = float(closure()), self._gradient()
            for p, value in zip(self._params, start, strict=True):
                p.copy_(value)
            return found

        loss, g, t, count = strong_wolfe(
            evaluate, t, d, loss, g, slope, settings["tolerance_change"]
        )
        self._shift(t, d)
        return loss, g, t, count

    def _gradient(self) -> Any:
        """The gradients of all parameters in one vector, complex numbers as pairs."""
        parts = []
        for p in self._params:
            g = p.new_zeros(p.shape) if p.grad is None else p.grad
            parts.append((view_as_real(g) if g.is_complex() else g).reshape(-1))
        return cat(parts)

    def _shift(self, distance: Any, direction: Any) -> None:
        """Add distance * direction to the parameters."""
        start = 0
        for p in self._params:
            flat = view_as_real(p) if p.is_complex() else p
            part = direction[start : start + flat.numel()].view_as(flat)
            flat.add_(part * distance)
            start += flat.numel()


_ORDER = "func_evals n_iter al d t old_dirs old_stps ro H_diag prev_flat_grad prev_loss"


def _in_order(state: dict[str, Any]) -> None:
    """The state in the order that PyTorch has it in."""
    found = {name: state[name] for name in _ORDER.split() if name in state}
    state.clear()
    state.update(found)
