"""Random tensors: the streams of kernels/random under PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.generator import Generator, default_generator
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, plain, unwrap, wrap
from ..kernels import random as streams
from .creation import finish, numpy_dtype, sizes
from .inplace import assign, check_writable

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Device, DType


def manual_seed(seed: int) -> Generator:
    """Start the default random stream at `seed`; returns the default generator.

    >>> _ = manual_seed(0)
    >>> rand(2)
    tensor([0.4963, 0.7682])
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default random stream at an unpredictable seed, and return that."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default random stream was started at."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default random stream, as PyTorch's bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Continue the default random stream from a state."""
    default_generator.set_state(new_state)


def rand(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    **named: Any,
) -> Tensor:
    """Uniform random numbers in [0, 1), of the given sizes."""
    shape = sizes("rand", (named["size"],) if named else size)
    array = streams.uniform(generator or default_generator, shape, numpy_dtype(dtype, out))
    return finish(array, device, requires_grad, out)


def randn(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    **named: Any,
) -> Tensor:
    """Standard normal random numbers, of the given sizes."""
    shape = sizes("randn", (named["size"],) if named else size)
    array = streams.normal(generator or default_generator, shape, numpy_dtype(dtype, out))
    return finish(array, device, requires_grad, out)


def randint(
    *bounds: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    **named: Any,
) -> Tensor:
    """Random integers from low (0 if left out) to high - 1: `randint(low=0, high, size)`.

    >>> int(randint(3, 5, (1,))) in (3, 4)
    True
    """
    low, high, size = _randint_arguments(list(bounds), named)
    kind = dtypes.int64.numpy if dtype is None and out is None else numpy_dtype(dtype, out)
    shape = sizes("randint", (size,))
    array = streams.integers(generator or default_generator, shape, kind, int(low), int(high))
    return finish(array, device, requires_grad, out)


def _randint_arguments(bounds: list[Any], named: dict[str, Any]) -> tuple[Any, Any, Any]:
    names = [n for n in ("low", "high", "size") if n not in named]
    if len(bounds) < len(names):
        names.remove("low") if "low" in names else None
    named.update(zip(names, bounds, strict=False))
    if "high" not in named or "size" not in named:
        raise TypeError("randint() received an invalid combination of arguments")
    return named.get("low", 0), named["high"], named["size"]


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A random permutation of 0 ... n-1."""
    kind = dtypes.int64.numpy if dtype is None and out is None else numpy_dtype(dtype, out)
    array = streams.permutation(generator or default_generator, n, kind)
    return finish(array, device, requires_grad, out)


def _like(name: str, make: Any) -> Any:
    def function(
        input: Any,
        *,
        dtype: DType = None,
        layout: Any = None,
        device: Device = None,
        requires_grad: bool = False,
        memory_format: Any = None,
        generator: Generator | None = None,
    ) -> Any:
        shape = tuple(input.shape)
        result = make(
            shape,
            dtype=input.dtype if dtype is None else dtype,
            device=input.device if device is None else device,
            requires_grad=requires_grad,
            generator=generator,
        )
        return _laid_out_like(result, input)

    function.__name__ = function.__qualname__ = f"{name}_like"
    function.__doc__ = f"`{name}` with the shape, dtype and device of `input`."
    return function


def _laid_out_like(result: Any, input: Any) -> Any:
    """The numbers in the memory order of `input`: PyTorch fills in that order."""
    if not input._data.flags.c_contiguous:
        drawn, result._data = result._data, numpy.empty_like(input._data, dtype=result._data.dtype)
        target = streams.memory_order(result._data)
        target[...] = drawn.reshape(target.shape)
    return result


rand_like, randn_like = _like("rand", rand), _like("randn", randn)


def randint_like(input: Tensor, *bounds: int, dtype: DType = None, **options: Any) -> Tensor:
    """`randint` with the shape and dtype of `input`."""
    kind = input.dtype if dtype is None else dtype
    return randint(*bounds, tuple(input.shape), dtype=kind, **options)


def normal(
    mean: Tensor | float,
    std: Tensor | float = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Normal random numbers with this mean and deviation, of a size or elementwise.

    RuntimeError for a negative deviation.
    """
    stream = generator or default_generator
    if size is not None:
        kind = numpy_dtype(dtype, out)
        array = streams.normal(stream, sizes("normal", (size,)), kind, float(mean), float(std))
    else:
        given = [x._data for x in (mean, std) if isinstance(x, TensorBase)]
        kind = numpy_dtype(dtype) if not given else numpy.result_type(*given)
        array = streams.normal_like(stream, plain(mean), plain(std), kind)
    return finish(array, device, requires_grad, out)


def bernoulli(
    input: Tensor,
    p: float | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """1 with the probability given by each element, or by `p` everywhere; 0 otherwise."""
    stream, data = generator or default_generator, input._data
    if p is None:
        return finish(streams.bernoulli_like(stream, data), out=out)
    return finish(streams.bernoulli(stream, data.shape, data.dtype, p), out=out)


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Indices drawn with the probabilities in each row of `input` (which need not sum to 1).

    Shape: input (n) or (m, n), output (num_samples) or (m, num_samples), int64.
    """
    stream = generator or default_generator
    drawn = streams.multinomial(stream, input._data, num_samples, replacement)
    return finish(drawn, out=out)


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson random numbers with the rate given by each element."""
    return wrap(streams.poisson(generator or default_generator, input._data))


def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of `count` trials succeed, each with probability `prob`.

    Shape: count (*), prob (*) of the same shape, output (*).
    """
    trials, chances = unwrap(count), unwrap(prob)
    for name, array in (("count", trials), ("prob", chances)):
        if array.dtype.kind not in "fV":
            kind = dtypes.of_array(array).short
            raise ValueError(
                f"binomial only supports floating-point dtypes for {name}, got: {kind}"
            )
    return wrap(streams.binomial(generator or default_generator, trials, chances))


# In-place sampling


class Resampled(Primitive):
    """Values that do not depend on what was there before."""

    def kernel(xp, x, *, values):
        return values

    def grad_x(ctx, g):
        return g * 0


def _sample(tensor: Any, values: Any, label: str) -> Any:
    """Fill a tensor with values, in the order of its memory; its history, if any, starts anew."""
    check_writable(tensor)
    data = tensor._data
    if not data.flags.c_contiguous:
        drawn, values = values, numpy.empty_like(data)
        target = streams.memory_order(values)
        target[...] = drawn.reshape(target.shape)
    result = apply(Resampled, tensor, values=values)
    if result._node is not None:
        result._node.label = label
    return assign(tensor, result)


def uniform_(
    self: Tensor,
    from_: float = 0.0,
    to: float = 1.0,
    *,
    generator: Generator | None = None,
    **named: Any,
) -> Tensor:
    """Fill with uniform random numbers in [from, to)."""
    low = float(named.get("from", from_))
    data, stream = self._data, generator or default_generator
    values = streams.uniform(stream, data.shape, data.dtype, low, float(to))
    return _sample(self, values, "UniformBackward0")


def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with normal random numbers."""
    data, stream = self._data, generator or default_generator
    flat = bool(data.flags.c_contiguous)
    values = streams.normal(stream, data.shape, data.dtype, float(mean), float(std), flat)
    return _sample(self, values, "NormalBackward0")


def bernoulli_(
    self: Tensor, p: Tensor | float = 0.5, *, generator: Generator | None = None
) -> Tensor:
    """Fill with 1, with probability `p`, and 0."""
    data, stream = self._data, generator or default_generator
    if isinstance(p, TensorBase):
        weights = numpy.empty_like(data, dtype=p._data.dtype)
        weights[...] = p._data
        values = streams.bernoulli_like(stream, streams.memory_order(weights), data.dtype)
    else:
        values = streams.bernoulli(stream, data.shape, data.dtype, p)
    return _sample(self, values, "BernoulliBackward0")


def random_(
    self: Tensor,
    from_: int | None = None,
    to: int | None = None,
    *,
    generator: Generator | None = None,
    **named: Any,
) -> Tensor:
    """Fill with random integers: `random_()`, `random_(to)` or `random_(from, to)`."""
    data, stream = self._data, generator or default_generator
    low, high = named.get("from", from_), to
    if high is None and low is not None:
        low, high = 0, low
    values = streams.integers(stream, data.shape, data.dtype, low, high)
    return _sample(self, values, "RandomBackward0")


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponential random numbers of this rate."""
    stream = generator or default_generator
    values = streams.exponential(stream, self._data.shape, self._data.dtype, lambd)
    return _sample(self, values, "ExponentialBackward0")


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with the number of trials until the first success."""
    stream = generator or default_generator
    values = streams.geometric(stream, self._data.shape, self._data.dtype, p)
    return _sample(self, values, "GeometricBackward0")


def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with Cauchy random numbers."""
    stream = generator or default_generator
    values = streams.cauchy(stream, self._data.shape, self._data.dtype, median, sigma)
    return _sample(self, values, "CauchyBackward0")


def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with exp of normal random numbers."""
    stream = generator or default_generator
    values = streams.log_normal(stream, self._data.shape, self._data.dtype, mean, std)
    return _sample(self, values, "LogNormalBackward0")
