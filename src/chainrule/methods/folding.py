"""Methods that fold, order, count or multiply whole axes."""

from .. import ops
from ..ops.inplace import inplace


class Folding:
    """Methods that fold, order, count or multiply whole axes."""

    __slots__ = ()

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
    renorm, renorm_ = ops.norms.renorm, inplace(ops.norms.renorm)
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
    histc = ops.histogram.histc
    histogram = ops.histogram.histogram

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
    matrix_power = ops.matrix_functions.matrix_power
    matrix_exp = ops.matrix_functions.matrix_exp
    inverse = ops.inverse.inverse
    det = ops.inverse.det
    logdet = ops.inverse.logdet
    slogdet = ops.inverse.torch_slogdet
    cholesky = ops.cholesky.torch_cholesky
    cholesky_inverse = ops.cholesky.cholesky_inverse
    cholesky_solve = ops.cholesky.cholesky_solve
    svd = ops.svd.torch_svd
    qr = ops.qr.torch_qr
    geqrf = ops.qr.geqrf
    orgqr = ops.qr.orgqr
    ormqr = ops.qr.ormqr
    lu = ops.lu.torch_lu
    lu_solve = ops.lu.torch_lu_solve
    triangular_solve = ops.solve.triangular_solve
    pinverse = ops.pseudo.pinverse
    cov = ops.covariance.cov
    corrcoef = ops.covariance.corrcoef
