"""From PyTorch's values to the values of the package that is scored, and comparing the two.

Knows no database. The package is any module with PyTorch's names; PyTorch itself is one.
"""

from __future__ import annotations

import types
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import torch

SUBMODULES = (
    "nn.functional",
    "linalg",
    "fft",
    "special",
    "autograd",
    "masked",
    "signal.windows",
    "optim.lr_scheduler",
)

DIMENSIONS = 64
TOLERANCES = {  # relative, absolute
    torch.float64: (1e-5, 1e-7),  # PyTorch's Bessel functions have six digits
    torch.complex128: (1e-5, 1e-7),
    torch.float32: (1e-4, 1e-5),
    torch.complex64: (1e-4, 1e-5),
    torch.float16: (1e-2, 1e-2),
    torch.bfloat16: (2e-2, 2e-2),
}
GRADIENT = (1e-5, 1e-6)
SECOND = (1e-4, 1e-5)


class UnfitError(Exception):
    """PyTorch's input has no counterpart in a dense package: sparse, quantised, on a device."""


class DifferenceError(Exception):
    """What was compared and differs, in a few words."""


class Converter:
    """Turns PyTorch's inputs of one call into the package's; remembers the leaves of gradients.

    Memory that PyTorch's tensors share is shared by the results, too, and strides are kept.
    """

    def __init__(self, package: Any) -> None:
        self.package = package
        self.theirs: list[Any] = []
        self.ours: list[Any] = []
        self._made: dict[int, Any] = {}
        self._memory: dict[int, Any] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            if id(value) not in self._made:
                self._made[id(value)] = self._tensor(value)
            return self._made[id(value)]
        if isinstance(value, torch.layout) and not hasattr(self.package, str(value)[6:]):
            raise UnfitError(str(value))
        if isinstance(value, torch.dtype | torch.memory_format | torch.layout):
            return named(self.package, str(value).removeprefix("torch."))
        if isinstance(value, torch.device):
            if value.type not in ("cpu", "meta"):
                raise UnfitError(str(value))
            return self.package.device(str(value))
        if isinstance(value, torch.Size):
            return self.package.Size(value)
        if isinstance(value, torch.Generator):
            return self.package.Generator().manual_seed(value.initial_seed())
        if isinstance(value, torch.nn.Module):
            return self._module(value)
        if isinstance(value, slice):
            return slice(self(value.start), self(value.stop), self(value.step))
        if isinstance(value, list | tuple):
            items = [self(item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        if isinstance(value, dict) and type(value) in (dict, OrderedDict):
            return type(value)((key, self(item)) for key, item in value.items())
        if callable(value):
            return counterpart(self.package, value)
        return value

    def _tensor(self, value: torch.Tensor) -> Any:
        if value.layout is not torch.strided or value.is_quantized or value.device.type != "cpu":
            raise UnfitError(f"{value.layout} tensor on {value.device}")
        if value.ndim > DIMENSIONS:
            raise UnfitError(f"{value.ndim} dimensions, NumPy has up to {DIMENSIONS}")
        plain = value.detach().resolve_conj().resolve_neg()
        made = plain_tensor(self.package, plain)
        if not plain.is_contiguous() or plain.untyped_storage().nbytes() != plain.nbytes:
            made = self._strided(plain)
        if isinstance(value, torch.nn.Parameter):
            return self.package.nn.Parameter(made, value.requires_grad)
        if value.requires_grad:
            made.requires_grad_(True)
            self.theirs.append(value)
            self.ours.append(made)
        return made

    def _strided(self, plain: torch.Tensor) -> Any:
        memory = plain.untyped_storage()
        key = memory.data_ptr()
        if key not in self._memory:
            whole = torch.empty(0, dtype=plain.dtype).set_(memory)
            self._memory[key] = plain_tensor(self.package, whole), plain.dtype, plain
        whole, dtype, _ = self._memory[key]
        end = plain.storage_offset() + sum(
            (size - 1) * stride for size, stride in zip(plain.shape, plain.stride(), strict=True)
        )
        if dtype is not plain.dtype or end >= whole.numel() or not plain.numel():
            return plain_tensor(self.package, plain)
        return whole.as_strided(tuple(plain.shape), plain.stride(), plain.storage_offset())

    def _module(self, value: torch.nn.Module) -> Any:
        name = type(value).__name__
        if name not in REMAKE:
            raise UnfitError(f"a module {name} among the arguments")
        result = named(self.package.nn, name)(**self(REMAKE[name](value)))
        result.load_state_dict(self(dict(value.state_dict())))
        return result.train(value.training)


def _encoder_layer(layer: Any) -> dict[str, Any]:
    return {
        "d_model": layer.linear1.in_features,
        "nhead": layer.self_attn.num_heads,
        "dim_feedforward": layer.linear1.out_features,
        "dropout": layer.dropout.p,
        "activation": layer.activation,
        "layer_norm_eps": layer.norm1.eps,
        "batch_first": layer.self_attn.batch_first,
        "norm_first": layer.norm_first,
        "bias": layer.linear1.bias is not None,
        "dtype": layer.linear1.weight.dtype,
    }


# The arguments that make a module of PyTorch's once more, where modules are arguments.
REMAKE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "TransformerEncoderLayer": _encoder_layer,
    "PairwiseDistance": lambda module: {"p": module.norm, "eps": module.eps},
}


def plain_tensor(package: Any, value: torch.Tensor) -> Any:
    """A contiguous tensor of the package with these values, in memory of its own."""
    if value.dtype is torch.bfloat16:
        return plain_tensor(package, value.float()).to(package.bfloat16)
    if value.dtype is torch.complex32:
        return plain_tensor(package, value.to(torch.complex64)).to(package.complex32)
    made = package.from_numpy(numpy.array(value.numpy(), order="C"))
    dtype = named(package, str(value.dtype).removeprefix("torch."))
    return made if made.dtype == dtype else made.to(dtype)


def named(package: Any, path: str) -> Any:
    """The object with a dotted name; AttributeError if it is not there."""
    for part in path.split("."):
        package = getattr(package, part)
    return package


def counterpart(package: Any, function: Callable[..., Any]) -> Any:
    """The package's function for one of PyTorch's: the same name, or the same text of a lambda."""
    if package is torch:
        return function
    module, name = getattr(function, "__module__", None) or "", getattr(function, "__name__", "")
    if isinstance(function, types.FunctionType) and not module.startswith("torch."):
        return function
    if isinstance(function, types.FunctionType) and ".testing." in module:
        return rebound(package, function)
    for place in (package, package.nn.functional, package.nn, package.Tensor):
        if hasattr(place, name):
            return getattr(place, name)
    raise AttributeError(f"nothing for {module}.{name}")


def rebound(package: Any, function: types.FunctionType, there: dict[str, Any] | None = None) -> Any:
    """A function of PyTorch's tests, with another package in place of `torch`.

    `there` has the package's objects for other names that the function uses.
    """

    def seeded(called: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        package.manual_seed(42)
        return called(*args, **kwargs)

    own = {"torch": package, "wrapper_set_seed": seeded}
    names = {**function.__globals__, **own, **(there or {})}
    if "F" in names:
        names["F"] = package.nn.functional
    result = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    result.__kwdefaults__ = function.__kwdefaults__
    return result


def leaves_of(value: Any, kind: type) -> Iterator[Any]:
    """The tensors and numbers in nested sequences and dictionaries, in order."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves_of(item, kind)
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves_of(item, kind)
    elif value is not None:
        yield value


def array(value: Any) -> numpy.ndarray:
    """The values of a tensor of either library, or of a number."""
    if not hasattr(value, "detach"):
        return numpy.asarray(value)
    value = value.detach()
    if str(value.dtype).endswith("bfloat16"):
        value = value.float()
    if isinstance(value, torch.Tensor):
        value = value.to(torch.complex64) if value.dtype is torch.complex32 else value
        return value.numpy(force=True)
    return numpy.asarray(value.resolve_conj().numpy())


def compare(package: Any, theirs: Any, ours: Any, values: bool = True) -> None:
    """Raise DifferenceError where structure, shape, dtype or values are not PyTorch's."""
    first, second = list(leaves_of(theirs, torch.Tensor)), list(leaves_of(ours, package.Tensor))
    if len(first) != len(second):
        raise DifferenceError(f"structure: {len(second)} results, PyTorch has {len(first)}")
    for field in getattr(type(theirs), "__match_args__", ()):
        if not hasattr(ours, field):
            raise DifferenceError(f"structure: the result has no .{field}")
    for one, other in zip(first, second, strict=True):
        if isinstance(one, torch.Tensor):
            _compare_tensors(package, one, other, values)
        elif type(one).__name__ != type(other).__name__:
            raise DifferenceError(
                f"structure: {type(other).__name__}, PyTorch has {type(one).__name__}"
            )
        elif values:
            close(one, other, (1e-6, 1e-7), "value")


def _compare_tensors(package: Any, one: torch.Tensor, other: Any, values: bool) -> None:
    if not isinstance(other, package.Tensor):
        raise DifferenceError(f"structure: {type(other).__name__}, PyTorch has a Tensor")
    if tuple(one.shape) != tuple(other.shape):
        raise DifferenceError(f"shape: {tuple(other.shape)}, PyTorch has {tuple(one.shape)}")
    mine, want = str(other.dtype).split(".")[-1], str(one.dtype).split(".")[-1]
    if mine != want:
        raise DifferenceError(f"dtype: {mine}, PyTorch has {want}")
    if values and one.layout is torch.strided and one.device.type == "cpu":
        close(one, other, TOLERANCES.get(one.dtype), "value")


def close(one: Any, other: Any, tolerance: tuple[float, float] | None, what: str) -> None:
    """Raise DifferenceError unless all numbers agree; without a tolerance, exactly."""
    first, second = array(one), array(other)
    if first.dtype.kind not in "biufc":
        if one != other:
            raise DifferenceError(f"{what}: {other!r}, PyTorch has {one!r}")
        return
    if tolerance is None or first.dtype.kind in "biu":
        same = numpy.equal(first, second)
    else:
        relative, absolute = tolerance
        with numpy.errstate(all="ignore"):
            same = numpy.isclose(second, first, relative, absolute, equal_nan=True)
    if not same.all():
        where = tuple(int(i) for i in numpy.argwhere(~same)[0]) if same.ndim else ()
        count = int((~same).sum())
        raise DifferenceError(
            f"{what}: {count} of {same.size} differ, at {where} {second[where]}, "
            f"PyTorch has {first[where]}"
        )
