"""Lazy modules: layers that infer the sizes of their parameters from their first input."""

from __future__ import annotations

from typing import Any

from ..parameter import is_lazy


class LazyModuleMixin:
    """Makes a layer lazy: its parameters get their shapes, then values, before the first forward.

    A subclass, `class LazyLayer(LazyModuleMixin, Layer)`, defines `initialize_parameters(*input)`
    and names the class it turns into once everything is known: `cls_to_become`.
    """

    cls_to_become: type[Any] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        module: Any = self
        self._load_hook = module._register_load_state_dict_pre_hook(
            LazyModuleMixin._lazy_load, True
        )
        self._initialize_hook = module.register_forward_pre_hook(
            LazyModuleMixin._infer_parameters, with_kwargs=True
        )

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialize the parameters for this input; every subclass defines it."""
        raise NotImplementedError(
            f"initialize_parameters is not implemented for {type(self).__name__}"
        )

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer still waits for its shape."""
        module: Any = self
        own = (*module._parameters.values(), *module._buffers.values())
        return any(is_lazy(each) for each in own)

    def _infer_parameters(self, args: Any, kwargs: Any = None) -> None:
        """The hook before the first forward: initialize, then be an ordinary layer."""
        self.initialize_parameters(*args, **(kwargs or {}))
        if self.has_uninitialized_params():
            name = type(self).__name__
            raise RuntimeError(f"module {name} has not been fully initialized")
        self._initialize_hook.remove()
        self._load_hook.remove()
        del self._initialize_hook, self._load_hook
        if self.cls_to_become is not None:
            self.__class__ = self.cls_to_become

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        own: dict[str, Any] = self._own_state()  # type: ignore[attr-defined]
        for name, value in own.items():
            keep = keep_vars or is_lazy(value)
            destination[prefix + name] = value if keep else value.detach()

    def _lazy_load(self, state_dict: Any, prefix: str, *report: Any) -> None:
        """The hook before loading: what waits for its shape takes that of the loaded tensor."""
        own: dict[str, Any] = self._own_state()  # type: ignore[attr-defined]
        for name, value in own.items():
            loaded = state_dict.get(prefix + name)
            if is_lazy(value) and loaded is not None and not is_lazy(loaded):
                value.materialize(loaded.shape)
