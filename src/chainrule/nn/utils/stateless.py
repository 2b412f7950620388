"""Modules as functions: called with other parameters, and the parameters of several stacked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...core.tensor import TensorBase
from ...ops.join import stack

if TYPE_CHECKING:
    from ..modules.module import Module


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with these tensors in the place of its parameters and buffers, by name.

    Names that are left out keep their own tensors, unless `strict`. A tensor given for one of
    several tied parameters replaces them all, unless `tie_weights=False`. What the call writes to
    a buffer is found in the dictionary afterwards; the module itself stays as it is.

    >>> import chainrule as torch
    >>> layer = torch.nn.Linear(2, 1)
    >>> given = {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}
    >>> torch.func.functional_call(layer, given, torch.tensor([3.0, 4.0]))
    tensor([7.])
    """
    given = _one_dict(parameter_and_buffer_dicts)
    for value in given.values():
        if not isinstance(value, TensorBase):
            raise TypeError(f"{value} is not an instance of torch.Tensor")
    own = {**dict(module.named_parameters(remove_duplicate=False)),
           **dict(module.named_buffers(remove_duplicate=False))}  # fmt: skip
    if strict:
        _check_names(module, given, own)
    places = _tied(given, own) if tie_weights else {name: name for name in given}
    inputs = () if args is None else args if isinstance(args, tuple) else (args,)
    with _swapped(module, given, places, own):
        return module(*inputs, **(kwargs or {}))


def _one_dict(given: Any) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    if not isinstance(given, Sequence):
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(given)}"
        )
    if not all(isinstance(each, dict) for each in given):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for each in given for name in each]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"{repeated} appeared in multiple dictionaries; behavior of functional call is "
            "ambiguous"
        )
    return {name: value for each in given for name, value in each.items()}


def _check_names(module: Any, given: dict[str, Any], own: dict[str, Any]) -> None:
    words = []
    for kind, names in (("Unexpected", given.keys() - own), ("Missing", own.keys() - given)):
        if names:
            listed = ", ".join(repr(name) for name in sorted(names))
            words.append(f"\n\t{kind} key(s): {listed}.")
    if words:
        name = type(module).__name__
        raise RuntimeError(f"Error(s) in reparametrizing for {name}:{''.join(words)}")


def _tied(given: dict[str, Any], own: dict[str, Any]) -> dict[str, str]:
    """For each name that is replaced the name of the tensor that replaces it."""
    groups: dict[int, list[str]] = {}
    for name, tensor in own.items():
        groups.setdefault(id(tensor), []).append(name)
    places = {}
    for name in given:
        group = groups.get(id(own[name]), [name]) if name in own else []
        several = [each for each in group if each in given]
        if len({id(given[each]) for each in several}) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(group)}, which are tied. "
                "Consider using tie_weights=False"
            )
        places.update(dict.fromkeys(group, name))
    return places


@contextmanager
def _swapped(
    module: Any, given: dict[str, Any], places: dict[str, str], own: dict[str, Any]
) -> Iterator[None]:
    """The module with other tensors, until the end."""
    changed = []
    try:
        for place, name in places.items():
            if place not in own:
                continue
            path, _, last = place.rpartition(".")
            owner = module.get_submodule(path)
            table = owner._parameters if last in owner._parameters else owner._buffers
            changed.append((table, last, table[last], name))
            table[last] = given[name]
        yield
    finally:
        for table, last, before, name in reversed(changed):
            given[name] = table[last]
            table[last] = before


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of modules of one kind, each stacked: for `vmap` over them.

    The stacked parameters are new leaves that require grad as the modules' own do.

    >>> import chainrule as torch
    >>> params, buffers = torch.func.stack_module_state([torch.nn.Linear(2, 1) for _ in range(3)])
    >>> params["weight"].shape
    torch.Size([3, 1, 2])
    """
    modules = list(models)
    if not modules:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({module.training for module in modules}) > 1:
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if any(type(module) is not type(modules[0]) for module in modules):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params = {
        name: _stacked([dict(module.named_parameters())[name] for module in modules], name)
        for name, _ in modules[0].named_parameters()
    }
    buffers = {
        name: _stacked([dict(module.named_buffers())[name] for module in modules], name)
        for name, _ in modules[0].named_buffers()
    }
    return params, buffers


def _stacked(tensors: list[Any], name: str) -> Any:
    needs = tensors[0].requires_grad
    if any(tensor.requires_grad != needs for tensor in tensors):
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    stacked: Any = stack([tensor.detach() for tensor in tensors])
    return stacked.requires_grad_() if needs else stacked
