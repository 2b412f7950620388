"""The public Tensor: its class body is the table of methods."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from . import ops
from .autograd.backward import backward
from .core import dtype as dtypes
from .core.attributes import Attributes
from .core.primitive import Leaf
from .core.tensor import new, set_tensor_type
from .ops.inplace import arithmetic_inplace, inplace, inplace_view
from .ops.legacy import legacy
from .ops.operators import operator, reflected
from .ops.to import short_form

Flag = bool  # the name of a method below, too


class Tensor(Attributes):
    """A multi-dimensional array of numbers of one type that remembers how it was computed.

    Made by :func:`tensor` and its like; `Tensor(data)` copies data as the default float type, and
    `Tensor(2, 3)` makes an uninitialised tensor of these sizes.
    """

    __hash__ = object.__hash__
    __array_priority__ = 1000
    _saved_as: tuple[str, str] | None = None  # who rebuilds a subclass when a file is loaded
    __module__ = "torch"

    def __new__(cls, *args: Any, device: Any = None) -> Any:
        """The legacy constructor: of sizes, of data, or of nothing."""
        return legacy(args, dtypes.get_default_dtype(), device)

    # Arithmetic
    add, add_ = ops.arithmetic.add, arithmetic_inplace(ops.arithmetic.Add, ops.arithmetic.add)
    sub, sub_ = ops.arithmetic.sub, arithmetic_inplace(ops.arithmetic.Sub, ops.arithmetic.sub)
    mul, mul_ = ops.arithmetic.mul, arithmetic_inplace(ops.arithmetic.Mul, ops.arithmetic.mul)
    div, div_ = ops.arithmetic.div, arithmetic_inplace(ops.arithmetic.Div, ops.arithmetic.div)
    reciprocal, reciprocal_ = ops.arithmetic.reciprocal, inplace(ops.arithmetic.reciprocal)
    neg, neg_ = ops.arithmetic.neg, inplace(ops.arithmetic.neg)
    positive = ops.arithmetic.positive
    pow, pow_ = ops.arithmetic.pow, inplace(ops.arithmetic.pow)
    subtract, subtract_ = ops.arithmetic.subtract, inplace(ops.arithmetic.subtract)
    multiply, multiply_ = ops.arithmetic.multiply, inplace(ops.arithmetic.multiply)
    divide, divide_ = ops.arithmetic.divide, inplace(ops.arithmetic.divide)
    true_divide, true_divide_ = ops.arithmetic.true_divide, inplace(ops.arithmetic.true_divide)
    negative, negative_ = ops.arithmetic.negative, inplace(ops.arithmetic.negative)
    floor_divide, floor_divide_ = ops.division.floor_divide, inplace(ops.division.floor_divide)
    remainder, remainder_ = ops.division.remainder, inplace(ops.division.remainder)
    fmod, fmod_ = ops.division.fmod, inplace(ops.division.fmod)
    gcd, gcd_ = ops.division.gcd, inplace(ops.division.gcd)
    lcm, lcm_ = ops.division.lcm, inplace(ops.division.lcm)
    addcmul, addcmul_ = ops.blend.addcmul, inplace(ops.blend.addcmul)
    addcdiv, addcdiv_ = ops.blend.addcdiv, inplace(ops.blend.addcdiv)
    lerp, lerp_ = ops.blend.lerp, inplace(ops.blend.lerp)
    maximum = ops.extremes.maximum
    minimum = ops.extremes.minimum
    fmax = ops.extremes.fmax
    fmin = ops.extremes.fmin
    clamp, clamp_ = ops.extremes.clamp, inplace(ops.extremes.clamp)
    clamp_min, clamp_min_ = ops.extremes.clamp_min, inplace(ops.extremes.clamp_min)
    clamp_max, clamp_max_ = ops.extremes.clamp_max, inplace(ops.extremes.clamp_max)
    clip, clip_ = ops.extremes.clip, inplace(ops.extremes.clip)
    abs, abs_ = ops.signs.abs, inplace(ops.signs.abs)
    sign, sign_ = ops.signs.sign, inplace(ops.signs.sign)
    sgn, sgn_ = ops.signs.sgn, inplace(ops.signs.sgn)
    signbit = ops.signs.signbit
    copysign, copysign_ = ops.signs.copysign, inplace(ops.signs.copysign)
    heaviside, heaviside_ = ops.signs.heaviside, inplace(ops.signs.heaviside)
    absolute, absolute_ = ops.signs.absolute, inplace(ops.signs.absolute)
    square, square_ = ops.roots.square, inplace(ops.roots.square)
    sqrt, sqrt_ = ops.roots.sqrt, inplace(ops.roots.sqrt)
    rsqrt, rsqrt_ = ops.roots.rsqrt, inplace(ops.roots.rsqrt)
    float_power, float_power_ = ops.roots.float_power, inplace(ops.roots.float_power)
    hypot, hypot_ = ops.roots.hypot, inplace(ops.roots.hypot)

    # Elementary and special functions
    exp, exp_ = ops.math.exp, inplace(ops.math.exp)
    exp2, exp2_ = ops.math.exp2, inplace(ops.math.exp2)
    expm1, expm1_ = ops.math.expm1, inplace(ops.math.expm1)
    log, log_ = ops.math.log, inplace(ops.math.log)
    log2, log2_ = ops.math.log2, inplace(ops.math.log2)
    log10, log10_ = ops.math.log10, inplace(ops.math.log10)
    log1p, log1p_ = ops.math.log1p, inplace(ops.math.log1p)
    sigmoid, sigmoid_ = ops.math.sigmoid, inplace(ops.math.sigmoid)
    logit, logit_ = ops.math.logit, inplace(ops.math.logit)
    logaddexp = ops.math.logaddexp
    logaddexp2 = ops.math.logaddexp2
    xlogy, xlogy_ = ops.math.xlogy, inplace(ops.math.xlogy)
    ldexp, ldexp_ = ops.math.ldexp, inplace(ops.math.ldexp)
    sin, sin_ = ops.trig.sin, inplace(ops.trig.sin)
    cos, cos_ = ops.trig.cos, inplace(ops.trig.cos)
    tan, tan_ = ops.trig.tan, inplace(ops.trig.tan)
    asin, asin_ = ops.trig.asin, inplace(ops.trig.asin)
    acos, acos_ = ops.trig.acos, inplace(ops.trig.acos)
    atan, atan_ = ops.trig.atan, inplace(ops.trig.atan)
    sinh, sinh_ = ops.trig.sinh, inplace(ops.trig.sinh)
    cosh, cosh_ = ops.trig.cosh, inplace(ops.trig.cosh)
    tanh, tanh_ = ops.trig.tanh, inplace(ops.trig.tanh)
    asinh, asinh_ = ops.trig.asinh, inplace(ops.trig.asinh)
    acosh, acosh_ = ops.trig.acosh, inplace(ops.trig.acosh)
    atanh, atanh_ = ops.trig.atanh, inplace(ops.trig.atanh)
    atan2, atan2_ = ops.trig.atan2, inplace(ops.trig.atan2)
    sinc, sinc_ = ops.trig.sinc, inplace(ops.trig.sinc)
    deg2rad, deg2rad_ = ops.trig.deg2rad, inplace(ops.trig.deg2rad)
    rad2deg, rad2deg_ = ops.trig.rad2deg, inplace(ops.trig.rad2deg)
    arcsin, arcsin_ = ops.trig.arcsin, inplace(ops.trig.arcsin)
    arccos, arccos_ = ops.trig.arccos, inplace(ops.trig.arccos)
    arctan, arctan_ = ops.trig.arctan, inplace(ops.trig.arctan)
    arctan2, arctan2_ = ops.trig.arctan2, inplace(ops.trig.arctan2)
    arcsinh, arcsinh_ = ops.trig.arcsinh, inplace(ops.trig.arcsinh)
    arccosh, arccosh_ = ops.trig.arccosh, inplace(ops.trig.arccosh)
    arctanh, arctanh_ = ops.trig.arctanh, inplace(ops.trig.arctanh)
    ceil, ceil_ = ops.rounding.ceil, inplace(ops.rounding.ceil)
    floor, floor_ = ops.rounding.floor, inplace(ops.rounding.floor)
    trunc, trunc_ = ops.rounding.trunc, inplace(ops.rounding.trunc)
    round, round_ = ops.rounding.round, inplace(ops.rounding.round)
    frac, frac_ = ops.rounding.frac, inplace(ops.rounding.frac)
    nan_to_num, nan_to_num_ = ops.rounding.nan_to_num, inplace(ops.rounding.nan_to_num)
    nextafter, nextafter_ = ops.rounding.nextafter, inplace(ops.rounding.nextafter)
    frexp = ops.rounding.frexp
    fix, fix_ = ops.rounding.fix, inplace(ops.rounding.fix)
    lgamma, lgamma_ = ops.gamma.lgamma, inplace(ops.gamma.lgamma)
    digamma, digamma_ = ops.gamma.digamma, inplace(ops.gamma.digamma)
    mvlgamma, mvlgamma_ = ops.gamma.mvlgamma, inplace(ops.gamma.mvlgamma)
    erf, erf_ = ops.special.erf, inplace(ops.special.erf)
    erfc, erfc_ = ops.special.erfc, inplace(ops.special.erfc)
    erfinv, erfinv_ = ops.special.erfinv, inplace(ops.special.erfinv)
    i0, i0_ = ops.special.i0, inplace(ops.special.i0)

    # Complex numbers
    conj = ops.conj.conj
    angle = ops.complex.angle
    conj_physical, conj_physical_ = ops.complex.conj_physical, inplace(ops.complex.conj_physical)
    resolve_conj = ops.complex.resolve_conj
    resolve_neg = ops.complex.resolve_neg
    is_complex = ops.complex.is_complex
    is_floating_point = ops.complex.is_floating_point
    is_signed = ops.complex.is_signed
    is_conj = ops.complex.is_conj
    is_neg = ops.complex.is_neg

    # Comparison and logic
    where = ops.compare.where_method
    eq, eq_ = ops.compare.eq, inplace(ops.compare.eq)
    ne, ne_ = ops.compare.ne, inplace(ops.compare.ne)
    lt, lt_ = ops.compare.lt, inplace(ops.compare.lt)
    le, le_ = ops.compare.le, inplace(ops.compare.le)
    gt, gt_ = ops.compare.gt, inplace(ops.compare.gt)
    ge, ge_ = ops.compare.ge, inplace(ops.compare.ge)
    logical_and, logical_and_ = ops.compare.logical_and, inplace(ops.compare.logical_and)
    logical_or, logical_or_ = ops.compare.logical_or, inplace(ops.compare.logical_or)
    logical_xor, logical_xor_ = ops.compare.logical_xor, inplace(ops.compare.logical_xor)
    logical_not, logical_not_ = ops.compare.logical_not, inplace(ops.compare.logical_not)
    isnan = ops.compare.isnan
    isinf = ops.compare.isinf
    isfinite = ops.compare.isfinite
    isposinf = ops.compare.isposinf
    isneginf = ops.compare.isneginf
    isreal = ops.compare.isreal
    isclose = ops.compare.isclose
    allclose = ops.compare.allclose
    equal = ops.compare.equal
    is_nonzero = ops.compare.is_nonzero
    greater, greater_ = ops.compare.greater, inplace(ops.compare.greater)
    greater_equal, greater_equal_ = ops.compare.greater_equal, inplace(ops.compare.greater_equal)
    less, less_ = ops.compare.less, inplace(ops.compare.less)
    less_equal, less_equal_ = ops.compare.less_equal, inplace(ops.compare.less_equal)
    not_equal, not_equal_ = ops.compare.not_equal, inplace(ops.compare.not_equal)
    bitwise_and, bitwise_and_ = ops.bitwise.bitwise_and, inplace(ops.bitwise.bitwise_and)
    bitwise_or, bitwise_or_ = ops.bitwise.bitwise_or, inplace(ops.bitwise.bitwise_or)
    bitwise_xor, bitwise_xor_ = ops.bitwise.bitwise_xor, inplace(ops.bitwise.bitwise_xor)
    bitwise_left_shift = ops.bitwise.bitwise_left_shift
    bitwise_left_shift_ = inplace(ops.bitwise.bitwise_left_shift)
    bitwise_right_shift = ops.bitwise.bitwise_right_shift
    bitwise_right_shift_ = inplace(ops.bitwise.bitwise_right_shift)
    bitwise_not, bitwise_not_ = ops.bitwise.bitwise_not, inplace(ops.bitwise.bitwise_not)

    # Activations
    relu, relu_ = ops.piecewise.relu, inplace(ops.piecewise.relu)
    hardshrink = ops.piecewise.hardshrink
    prelu = ops.piecewise.prelu
    softmax = ops.softmax.softmax
    log_softmax = ops.softmax.log_softmax

    # Reductions
    sum = ops.reduce.sum
    mean = ops.reduce.mean
    nansum = ops.reduce.nansum
    nanmean = ops.reduce.nanmean
    prod = ops.reduce.prod
    all = ops.reduce.all
    any = ops.reduce.any
    count_nonzero = ops.reduce.count_nonzero
    amax = ops.extrema.amax
    amin = ops.extrema.amin
    max = ops.extrema.max
    min = ops.extrema.min
    aminmax = ops.extrema.aminmax
    argmax = ops.extrema.argmax
    argmin = ops.extrema.argmin
    var = ops.statistics.var
    std = ops.statistics.std
    logsumexp = ops.statistics.logsumexp
    norm = ops.norms.norm
    dist = ops.norms.dist
    quantile = ops.quantile.quantile
    nanquantile = ops.quantile.nanquantile
    cumsum, cumsum_ = ops.scan.cumsum, inplace(ops.scan.cumsum)
    cumprod, cumprod_ = ops.scan.cumprod, inplace(ops.scan.cumprod)
    cummax = ops.scan.cummax
    cummin = ops.scan.cummin
    logcumsumexp = ops.scan.logcumsumexp
    diff = ops.scan.diff

    # Sorting, counting, searching
    sort = ops.sort.sort
    argsort = ops.sort.argsort
    msort = ops.sort.msort
    topk = ops.sort.topk
    kthvalue = ops.sort.kthvalue
    median = ops.sort.median
    nanmedian = ops.sort.nanmedian
    mode = ops.sort.mode
    unique = ops.bins.unique
    unique_consecutive = ops.bins.unique_consecutive
    bincount = ops.bins.bincount
    histc = ops.bins.histc
    histogram = ops.bins.histogram

    # Matrix products
    matmul = ops.matmul.matmul
    mm = ops.matmul.mm
    bmm = ops.matmul.bmm
    mv = ops.matmul.mv
    dot = ops.matmul.dot
    vdot = ops.matmul.vdot
    addmm, addmm_ = ops.linear.addmm, inplace(ops.linear.addmm)
    addmv, addmv_ = ops.linear.addmv, inplace(ops.linear.addmv)
    addr, addr_ = ops.linear.addr, inplace(ops.linear.addr)
    baddbmm, baddbmm_ = ops.linear.baddbmm, inplace(ops.linear.baddbmm)
    addbmm, addbmm_ = ops.linear.addbmm, inplace(ops.linear.addbmm)
    outer = ops.products.outer
    ger = ops.products.ger
    inner = ops.products.inner
    trace = ops.products.trace
    cross = ops.products.cross
    kron = ops.products.kron
    matrix_power = ops.products.matrix_power

    # Shape
    view = ops.shape.view
    reshape = ops.shape.reshape
    view_as = ops.shape.view_as
    reshape_as = ops.shape.reshape_as
    flatten = ops.shape.flatten
    unflatten = ops.shape.unflatten
    ravel = ops.shape.ravel
    squeeze, squeeze_ = ops.shape.squeeze, inplace_view(ops.shape.squeeze)
    unsqueeze, unsqueeze_ = ops.shape.unsqueeze, inplace_view(ops.shape.unsqueeze)
    expand = ops.shape.expand
    expand_as = ops.shape.expand_as
    broadcast_to = ops.shape.broadcast_to
    sum_to_size = ops.shape.sum_to_size
    permute = ops.permute.permute
    transpose, transpose_ = ops.permute.transpose, inplace_view(ops.permute.transpose)
    swapaxes, swapaxes_ = ops.permute.swapaxes, inplace_view(ops.permute.swapaxes)
    swapdims, swapdims_ = ops.permute.swapdims, inplace_view(ops.permute.swapdims)
    t, t_ = ops.permute.t, inplace_view(ops.permute.t)
    adjoint = ops.permute.adjoint
    movedim = ops.permute.movedim
    moveaxis = ops.permute.moveaxis
    select = ops.slicing.select
    narrow = ops.slicing.narrow
    diagonal = ops.slicing.diagonal
    select_scatter = ops.slicing.select_scatter
    slice_scatter = ops.slicing.slice_scatter
    split = ops.split.split
    split_with_sizes = ops.split.split_with_sizes
    chunk = ops.split.chunk
    unbind = ops.split.unbind
    tensor_split = ops.split.tensor_split
    hsplit = ops.split.hsplit
    vsplit = ops.split.vsplit
    dsplit = ops.split.dsplit
    storage = ops.strided.storage
    as_strided, as_strided_ = ops.strided.as_strided, inplace(ops.strided.as_strided)
    unfold = ops.strided.unfold

    # Joining and rearranging
    flip = ops.rearrange.flip
    fliplr = ops.rearrange.fliplr
    flipud = ops.rearrange.flipud
    rot90 = ops.rearrange.rot90
    roll = ops.rearrange.roll
    tril, tril_ = ops.rearrange.tril, inplace(ops.rearrange.tril)
    triu, triu_ = ops.rearrange.triu, inplace(ops.rearrange.triu)
    diag = ops.rearrange.diag
    diag_embed = ops.rearrange.diag_embed
    diagflat = ops.rearrange.diagflat
    repeat = ops.repeat.repeat
    tile = ops.repeat.tile
    repeat_interleave = ops.repeat.repeat_interleave

    # Indexing
    index_put = ops.setitem.index_put
    index_put_ = ops.setitem.index_put_
    put, put_ = ops.setitem.put, inplace(ops.setitem.put)
    gather = ops.index.gather
    index_select = ops.index.index_select
    take = ops.index.take
    take_along_dim = ops.index.take_along_dim
    nonzero = ops.index.nonzero
    argwhere = ops.index.argwhere
    masked_fill, masked_fill_ = ops.masking.masked_fill, inplace(ops.masking.masked_fill)
    masked_scatter = ops.masking.masked_scatter
    masked_scatter_ = inplace(ops.masking.masked_scatter)
    masked_select = ops.masking.masked_select
    scatter, scatter_ = ops.scatter.scatter, inplace(ops.scatter.scatter)
    scatter_add, scatter_add_ = ops.scatter.scatter_add, inplace(ops.scatter.scatter_add)
    index_add, index_add_ = ops.scatter.index_add, inplace(ops.scatter.index_add)
    index_copy, index_copy_ = ops.scatter.index_copy, inplace(ops.scatter.index_copy)
    index_fill, index_fill_ = ops.scatter.index_fill, inplace(ops.scatter.index_fill)
    scatter_reduce = ops.scatter_reduce.scatter_reduce
    scatter_reduce_ = inplace(ops.scatter_reduce.scatter_reduce)
    copy_ = ops.fill.copy_
    fill_ = ops.fill.fill_
    zero_ = ops.fill.zero_
    fill_diagonal_ = ops.fill.fill_diagonal_

    # Copies
    clone = ops.convert.clone
    contiguous = ops.convert.contiguous
    type_as = ops.convert.type_as

    # Random
    bernoulli = ops.random.bernoulli
    multinomial = ops.random.multinomial
    uniform_ = ops.random.uniform_
    normal_ = ops.random.normal_
    bernoulli_ = ops.random.bernoulli_
    random_ = ops.random.random_
    exponential_ = ops.random.exponential_
    geometric_ = ops.random.geometric_
    cauchy_ = ops.random.cauchy_
    log_normal_ = ops.random.log_normal_

    # Properties
    T, mT = property(ops.permute.reversed_axes), property(ops.permute.matrix_transpose)
    H, mH = property(ops.permute.conjugate_transpose), property(ops.permute.matrix_adjoint)
    real, imag = property(ops.complex.real), property(ops.complex.imag)

    # Operators
    __add__ = __radd__ = operator(ops.operators.add)
    __sub__, __rsub__ = operator(ops.operators.sub), operator(ops.arithmetic.rsub)
    __mul__ = __rmul__ = operator(ops.operators.mul)
    __truediv__, __rtruediv__ = operator(ops.operators.div), operator(ops.arithmetic.divided_by)
    __floordiv__ = operator(ops.division.floor_divide)
    __rfloordiv__ = reflected(ops.division.floor_divide)
    __mod__, __rmod__ = operator(ops.division.remainder), reflected(ops.division.remainder)
    __pow__, __rpow__ = operator(ops.arithmetic.pow), reflected(ops.arithmetic.pow)
    __neg__, __pos__, __abs__ = ops.arithmetic.neg, ops.arithmetic.positive, ops.signs.abs
    __eq__, __ne__ = operator(ops.compare.eq), operator(ops.compare.ne)
    __lt__, __le__ = operator(ops.compare.lt), operator(ops.compare.le)
    __gt__, __ge__ = operator(ops.compare.gt), operator(ops.compare.ge)
    __matmul__, __rmatmul__ = operator(ops.matmul.matmul), reflected(ops.matmul.matmul)
    __and__, __rand__ = operator(ops.bitwise.bitwise_and), reflected(ops.bitwise.bitwise_and)
    __or__, __ror__ = operator(ops.bitwise.bitwise_or), reflected(ops.bitwise.bitwise_or)
    __xor__, __rxor__ = operator(ops.bitwise.bitwise_xor), reflected(ops.bitwise.bitwise_xor)
    __lshift__ = operator(ops.bitwise.bitwise_left_shift)
    __rlshift__ = reflected(ops.bitwise.bitwise_left_shift)
    __rshift__ = operator(ops.bitwise.bitwise_right_shift)
    __rrshift__ = reflected(ops.bitwise.bitwise_right_shift)
    __invert__ = ops.bitwise.inverted
    __iand__, __ior__, __ixor__ = bitwise_and_, bitwise_or_, bitwise_xor_
    __iadd__, __isub__, __imul__, __itruediv__ = add_, sub_, mul_, div_
    __ifloordiv__, __imod__, __ipow__ = floor_divide_, remainder_, pow_
    __getitem__, __setitem__ = ops.getitem.getitem, ops.setitem.setitem

    # Copies and conversions
    to, type, cpu, cuda = ops.to.to, ops.to.type_, ops.to.cpu, ops.to.cuda
    float, double = short_form(dtypes.float32), short_form(dtypes.float64)
    half, bfloat16 = short_form(dtypes.float16), short_form(dtypes.bfloat16)
    bool, byte = short_form(dtypes.bool_), short_form(dtypes.uint8)
    char, short = short_form(dtypes.int8), short_form(dtypes.int16)
    int, long = short_form(dtypes.int32), short_form(dtypes.int64)
    cfloat, cdouble = short_form(dtypes.complex64), short_form(dtypes.complex128)

    # Made from this tensor
    new_tensor = ops.data.new_tensor
    new_zeros, new_ones, new_empty, new_full = (
        ops.creation.new_zeros,
        ops.creation.new_ones,
        ops.creation.new_empty,
        ops.creation.new_full,
    )

    polygamma, polygamma_ = ops.gamma.polygamma_method, inplace(ops.gamma.polygamma_method)

    # Gradients

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: Flag | None = None,
        create_graph: Flag = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to the `.grad` of the leaves it was computed from.

        RuntimeError for a tensor of several elements without `gradient`, for one that does not
        require grad, and for a graph whose buffers an earlier backward freed.

        >>> w = tensor(3.0, requires_grad=True)
        >>> (w * w).backward()
        >>> w.grad
        tensor(6.)
        """
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    # Copying and pickling

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment."
            )
        if id(self) in memo:
            return memo[id(self)]
        copy = memo[id(self)] = self._like(self._data.copy())
        if self._grad is not None:
            copy._grad = self._grad.__deepcopy__(memo)
        copy.__dict__.update(deepcopy(self.__dict__, memo))
        return copy

    def _like(self, array: Any) -> Any:
        """A leaf of the same class around another array."""
        leaf = new(self.__class__)
        leaf._data = array
        leaf._writes = [0, 0]
        leaf._grad = leaf._view = None
        leaf._node = None if self._node is None else Leaf()
        return leaf

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Can't pickle a tensor that is the result of an operation: detach() it first."
            )
        cls = None if self.__class__ is Tensor else self.__class__
        return _rebuild, (cls, self._data, self.requires_grad, self.__dict__)


def _rebuild(cls: Any, array: Any, requires_grad: bool, attributes: dict[str, Any]) -> Any:
    leaf = new(cls or Tensor)
    leaf._data = dtypes.canonical(array)
    leaf._writes = [0, 0]
    leaf._grad = leaf._view = None
    leaf._node = Leaf() if requires_grad else None
    leaf.__dict__.update(attributes)
    return leaf


set_tensor_type(Tensor)
