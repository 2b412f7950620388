"""Discrete Fourier transforms: `torch.fft`.

SciPy computes them (CuPy's copy of it on a GPU), and is imported at the first use. Three primitives
are enough: complex to complex, real to complex, and half of a spectrum to real.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap
from ..errors import hint
from .complex import real
from .conj import conj
from .convert import to_dtype
from .dims import integer, wrap_dim
from .inplace import into
from .pad import ConstantPadNd

if TYPE_CHECKING:
    from ..tensor import Tensor

    Dims = int | tuple[int, ...] | None

SWAPPED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}
"""The same scale for a transform in the opposite direction."""


@functools.cache
def _library(namespace: str) -> Any:
    return importlib.import_module("scipy.fft" if namespace == "numpy" else "cupyx.scipy.fft")


class FftC2C(Primitive):
    """the sums of x[j] e^(-+ 2 pi i jk / n) over the axes `dims`"""

    axes = "dims"

    def kernel(xp, x, *, dims, norm, forward):
        library = _library(xp.__name__)
        transform = library.fftn if forward else library.ifftn
        return transform(x, axes=dims, norm=norm) if dims else x.copy()

    def grad_x(ctx, g):
        return apply(FftC2C, g, dims=ctx.dims, norm=SWAPPED[ctx.norm], forward=not ctx.forward)


class FftR2C(Primitive):
    """the transform of real numbers; if `onesided`, without the half that mirrors the other

    The mirrored half is written for one axis only.
    """

    axes = "dims"

    def kernel(xp, x, *, dims, norm, onesided):
        half = _library(xp.__name__).rfftn(x, axes=dims, norm=norm)
        return half if onesided else _both_halves(xp, half, dims[-1], x.shape[dims[-1]])

    def grad_x(ctx, g):
        dims, norm = ctx.dims, SWAPPED[ctx.norm]
        if not ctx.onesided:
            return real(apply(FftC2C, g, dims=dims, norm=norm, forward=False))
        size = ctx.shapes[0][dims[-1]]
        alone = apply(ScalePairs, g, dim=dims[-1], size=size, factor=0.5)
        return apply(FftC2R, alone, dims=dims, norm=norm, size=size)


def _both_halves(xp: Any, half: Any, dim: int, size: int) -> Any:
    out = xp.empty((*half.shape[:dim], size, *half.shape[dim + 1 :]), half.dtype)
    to, made = xp.moveaxis(out, dim, 0), xp.moveaxis(half, dim, 0)
    to[: len(made)] = made
    to[len(made) :] = xp.conjugate(made[(size - 1) // 2 : 0 : -1])
    return out


class FftC2R(Primitive):
    """the real numbers, `size` of them along the last of `dims`, from half of their spectrum"""

    axes = "dims"

    def kernel(xp, x, *, dims, norm, size):
        lengths = [*(x.shape[dim] for dim in dims[:-1]), size]
        return _library(xp.__name__).irfftn(x, s=lengths, axes=dims, norm=norm)

    def grad_x(ctx, g):
        dims, size = ctx.dims, ctx.size
        half = apply(FftR2C, g, dims=dims, norm=SWAPPED[ctx.norm], onesided=True)
        return apply(ScalePairs, half, dim=dims[-1], size=size, factor=2)


class ScalePairs(Primitive):
    """half of a spectrum, times a factor where an element stands also for its mirror image"""

    label = "MulBackward0"

    def kernel(xp, x, *, dim, size, factor):
        out = x.copy()
        out[(slice(None),) * dim + (slice(1, (size + 1) // 2),)] *= factor
        return out

    def grad_x(ctx, g):
        return apply(ScalePairs, g, dim=ctx.dim, size=ctx.size, factor=ctx.factor)


# Arguments


def _checked(name: str, input: Any, norm: str | None) -> Any:
    """The input in a type that can be transformed, and the name of the scale."""
    if not isinstance(input, TensorBase) and not hasattr(input, "dtype"):
        raise TypeError(
            f"fft_{name}(): argument 'input' (position 1) must be Tensor, "
            f"not {type(input).__name__}"
        )
    kind = dtypes.of_array(unwrap(input))
    if kind.category <= dtypes.INTEGER:
        input = to_dtype(input, dtypes.get_default_dtype().numpy)
    elif kind in (dtypes.float16, dtypes.bfloat16):
        raise RuntimeError(hint(f"Unsupported dtype {kind.short}", "convert it to float32"))
    if norm is not None and norm not in SWAPPED:
        message = f'Invalid normalization mode: "{norm}"'
        raise RuntimeError(hint(message, "backward (the default), forward or ortho"))
    return input, norm or "backward"


def _axes(input: Any, s: Any, dim: Any, one: bool) -> tuple[tuple[int, ...], list[int]]:
    """Which axes are transformed, and the size that each is to have."""
    shape = unwrap(input).shape
    if one:
        s, dim = None if s is None else (integer("n", s),), (integer("dim", dim),)
    lengths = [s] if isinstance(s, int) else None if s is None else list(s)
    if dim is not None:
        given = (dim,) if isinstance(dim, int) else tuple(dim)
        if given and not shape:
            raise IndexError(f"Dimension specified as {given[0]} but tensor has no dimensions")
        dims = tuple([wrap_dim(d, len(shape)) for d in given])
    else:
        count = len(shape) if lengths is None else len(lengths)
        if count > len(shape):
            raise RuntimeError(
                f"Got shape with {count} values but input tensor only has {len(shape)} dimensions."
            )
        dims = tuple(range(len(shape) - count, len(shape)))
    if len(set(dims)) < len(dims):
        raise RuntimeError("FFT dims must be unique")
    if lengths is None:
        return dims, [shape[d] for d in dims]
    if len(lengths) != len(dims):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    keeps = -1 if not one else None  # a size of -1 keeps the axis, but not in one dimension
    return dims, [shape[d] if n == keeps else n for d, n in zip(dims, lengths, strict=True)]


def _resized(input: Any, dims: tuple[int, ...], sizes: list[int]) -> Any:
    """The input with these sizes along these axes: cut, or filled with zeros at the end."""
    shape = unwrap(input).shape
    for n in sizes:
        if n < 1:
            raise RuntimeError(
                hint(
                    f"Invalid number of data points ({n}) specified",
                    f"the input has shape {tuple(shape)}",
                )
            )
    wanted = dict(zip(dims, sizes, strict=True))
    pairs = tuple([(0, wanted.get(axis, n) - n) for axis, n in enumerate(shape)])
    return apply(ConstantPadNd, input, pairs=pairs, value=0) if any(map(any, pairs)) else input


def _finished(name: str, result: Any, out: Any) -> Any:
    """The result, written into `out` where that is given."""
    if out is None:
        return result
    target = dtypes.of_array(unwrap(out))
    if unwrap(result).dtype.kind == "c" and not target.is_complex:
        raise RuntimeError(f"{name} expects a complex output tensor, but got {target.short}")
    if unwrap(result).dtype.kind == "f" and not target.is_floating_point:
        raise RuntimeError(f"{name} expects a floating point output tensor, but got {target.short}")
    return into(out, result)


# The three kinds of transforms


def _to_complex(
    name: str, input: Any, s: Any, dim: Any, norm: Any, forward: bool, one: bool
) -> Any:
    """fft and its inverse."""
    x, scale = _checked(name, input, norm)
    dims, sizes = _axes(x, s, dim, one)
    x = _resized(x, dims, sizes)
    if one and unwrap(x).dtype.kind != "c":
        if forward:
            return apply(FftR2C, x, dims=dims, norm=scale, onesided=False)
        return conj(apply(FftR2C, x, dims=dims, norm=SWAPPED[scale], onesided=False))
    return apply(FftC2C, _as_complex(x), dims=dims, norm=scale, forward=forward)


def _as_complex(x: Any) -> Any:
    data = unwrap(x)
    return x if data.dtype.kind == "c" else to_dtype(x, dtypes.of_array(data).to_complex().numpy)


def _to_half(name: str, input: Any, s: Any, dim: Any, norm: Any, forward: bool, one: bool) -> Any:
    """rfft, and ihfft, which is its conjugate."""
    x, scale = _checked(name, input, norm)
    if unwrap(x).dtype.kind == "c":
        number, kind = "real" if one else "real-valued", dtypes.of_array(unwrap(x)).short
        raise RuntimeError(
            hint(f"{name} expects a {number} input tensor, but got {kind}", "use fft or ifft")
        )
    dims, sizes = _axes(x, s, dim, one)
    _need_axis(name, dims)
    x = _resized(x, dims, sizes)
    if forward:
        return apply(FftR2C, x, dims=dims, norm=scale, onesided=True)
    return conj(apply(FftR2C, x, dims=dims, norm=SWAPPED[scale], onesided=True))


def _to_real(name: str, input: Any, s: Any, dim: Any, norm: Any, forward: bool, one: bool) -> Any:
    """irfft, and hfft, which is that of the conjugate."""
    x, scale = _checked(name, input, norm)
    dims, sizes = _axes(x, s, dim, one)
    _need_axis(name, dims)
    given = None if s is None else s if isinstance(s, int) else s[-1]
    if given is None or (given == -1 and not one):
        sizes[-1] = 2 * (sizes[-1] - 1)
    size = sizes[-1]
    if size >= 1:
        sizes[-1] = size // 2 + 1
    x = _resized(x, dims, sizes)
    x = _as_complex(x)
    if forward:
        x, scale = conj(x), SWAPPED[scale]
    return apply(FftC2R, x, dims=dims, norm=scale, size=size)


def _need_axis(name: str, dims: tuple[int, ...]) -> None:
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")


# The functions


def _along_one(name: str, transform: Callable[..., Any], forward: bool, doc: str) -> Any:
    def function(
        input: Tensor,
        n: int | None = None,
        dim: int = -1,
        norm: str | None = None,
        *,
        out: Tensor | None = None,
    ) -> Any:
        return _finished(name, transform(name, input, n, dim, norm, forward, one=True), out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _along_several(
    name: str, transform: Callable[..., Any], forward: bool, doc: str, last: Dims = None
) -> Any:
    def function(
        input: Tensor,
        s: Dims = None,
        dim: Dims = last,
        norm: str | None = None,
        *,
        out: Tensor | None = None,
    ) -> Any:
        return _finished(name, transform(name, input, s, dim, norm, forward, one=False), out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


LAST_TWO = (-2, -1)

fft = _along_one(
    "fft",
    _to_complex,
    True,
    """The discrete Fourier transform along `dim`: X[k] = sum of x[j] e^(-2 pi i jk / n).

    The axis is first cut, or filled with zeros, to size `n`. `norm` "forward" divides by n,
    "ortho" by sqrt(n), "backward" (the default) not at all.

    Shape: input (*), output (*), complex. RuntimeError for n < 1 and half precision.

    Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series" (1965).

    >>> fft(tensor([1.0, 2.0]))
    tensor([ 3.+0.j, -1.+0.j])
    """,
)
ifft = _along_one(
    "ifft",
    _to_complex,
    False,
    """The inverse of `fft`: x[j] = 1/n times the sum of X[k] e^(2 pi i jk / n).

    Shape: input (*), output (*), complex.

    >>> ifft(tensor([1.0, 1.0, 1.0])).real
    tensor([1., 0., 0.])
    """,
)
rfft = _along_one(
    "rfft",
    _to_half,
    True,
    """`fft` of real numbers, without the second half, which mirrors the first.

    Shape: input (*, n), output (*, n // 2 + 1), complex. RuntimeError for complex numbers.

    >>> rfft(tensor([1.0, 0.0, 0.0, 0.0])).real
    tensor([1., 1., 1.])
    """,
)
irfft = _along_one(
    "irfft",
    _to_real,
    False,
    """The inverse of `rfft`: `n` real numbers, by default an even number of them.

    Shape: input (*, n // 2 + 1), output (*, n), real.

    >>> irfft(tensor([3.0, -1.0]))
    tensor([1., 2.])
    """,
)
hfft = _along_one(
    "hfft",
    _to_real,
    True,
    """`fft` of a signal of which half is given, as the other half mirrors it: `n` real numbers.

    Shape: input (*, n // 2 + 1), output (*, n), real.

    >>> hfft(tensor([1.0, 2.0]))
    tensor([ 3., -1.])
    """,
)
ihfft = _along_one(
    "ihfft",
    _to_half,
    False,
    """The inverse of `hfft`.

    Shape: input (*, n), real, output (*, n // 2 + 1), complex. RuntimeError for complex numbers.

    >>> ihfft(tensor([3.0, -1.0])).real
    tensor([1., 2.])
    """,
)

_FFTN = """`fft` along several axes: those of `dim`, or the last ones if `s` has sizes, or all.

    Shape: input (*), output (*), complex.
    """
_IFFTN = """The inverse of `fftn`.

    Shape: input (*), output (*), complex.
    """
_RFFTN = """`fftn` of real numbers, without the half of the last of the axes that mirrors the other.

    Shape: input (*, n), output (*, n // 2 + 1), complex.
    """
_IRFFTN = """The inverse of `rfftn`.

    Shape: input (*, n // 2 + 1), output (*, n), real.
    """
_HFFTN = """`hfft` along the last of several axes, after `fft` along the others.

    Shape: input (*, n // 2 + 1), output (*, n), real.
    """
_IHFFTN = """The inverse of `hfftn`.

    Shape: input (*, n), real, output (*, n // 2 + 1), complex.
    """
fftn = _along_several("fftn", _to_complex, True, _FFTN)
ifftn = _along_several("ifftn", _to_complex, False, _IFFTN)
rfftn = _along_several("rfftn", _to_half, True, _RFFTN)
irfftn = _along_several("irfftn", _to_real, False, _IRFFTN)
hfftn = _along_several("hfftn", _to_real, True, _HFFTN)
ihfftn = _along_several("ihfftn", _to_half, False, _IHFFTN)
fft2 = _along_several("fft2", _to_complex, True, _FFTN, LAST_TWO)
ifft2 = _along_several("ifft2", _to_complex, False, _IFFTN, LAST_TWO)
rfft2 = _along_several("rfft2", _to_half, True, _RFFTN, LAST_TWO)
irfft2 = _along_several("irfft2", _to_real, False, _IRFFTN, LAST_TWO)
hfft2 = _along_several("hfft2", _to_real, True, _HFFTN, LAST_TWO)
ihfft2 = _along_several("ihfft2", _to_half, False, _IHFFTN, LAST_TWO)
