"""Methods whose result has an element for each element of the tensor."""

from .. import ops
from ..ops.inplace import arithmetic_inplace, inplace


class Elementwise:
    """Methods whose result has an element for each element of the tensor."""

    __slots__ = ()

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
    igamma, igamma_ = ops.gamma.igamma, inplace(ops.gamma.igamma)
    igammac, igammac_ = ops.gamma.igammac, inplace(ops.gamma.igammac)
    erf, erf_ = ops.special.erf, inplace(ops.special.erf)
    erfc, erfc_ = ops.special.erfc, inplace(ops.special.erfc)
    erfinv, erfinv_ = ops.special.erfinv, inplace(ops.special.erfinv)
    i0, i0_ = ops.special.i0, inplace(ops.special.i0)
    polygamma, polygamma_ = ops.gamma.polygamma_method, inplace(ops.gamma.polygamma_method)

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

    # Operators that change the tensor
    __iadd__, __isub__, __imul__, __itruediv__ = add_, sub_, mul_, div_
    __ifloordiv__, __imod__, __ipow__ = floor_divide_, remainder_, pow_
    __iand__, __ior__, __ixor__ = bitwise_and_, bitwise_or_, bitwise_xor_
    __ilshift__, __irshift__, __idiv__ = bitwise_left_shift_, bitwise_right_shift_, div_
