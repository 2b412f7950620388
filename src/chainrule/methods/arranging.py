"""Methods that arrange, pick, copy or fill elements."""

from .. import ops, queries
from ..ops.inplace import inplace, inplace_view
from . import later


class Arranging:
    """Methods that arrange, pick, copy or fill elements."""

    __slots__ = ()

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
    diagonal_scatter = ops.slicing.diagonal_scatter
    as_strided_scatter = ops.strided.as_strided_scatter
    split = ops.split.split
    split_with_sizes = ops.split.split_with_sizes
    chunk = ops.split.chunk
    unbind = ops.split.unbind
    tensor_split = ops.split.tensor_split
    hsplit = ops.split.hsplit
    vsplit = ops.split.vsplit
    dsplit = ops.split.dsplit
    as_strided, as_strided_ = ops.strided.as_strided, inplace(ops.strided.as_strided)
    unfold = ops.strided.unfold
    stft, istft = later("stft", "stft"), later("stft", "istft")

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
    nonzero, nonzero_static = ops.index.nonzero, ops.index.nonzero_static
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
    index_reduce = ops.scatter_reduce.index_reduce
    index_reduce_ = inplace(ops.scatter_reduce.index_reduce)
    copy_ = ops.fill.copy_
    fill_ = ops.fill.fill_
    zero_ = ops.fill.zero_
    fill_diagonal_ = ops.fill.fill_diagonal_

    # Copies
    clone = ops.convert.clone
    contiguous = ops.convert.contiguous
    type_as = ops.convert.type_as
    narrow_copy = ops.copies.narrow_copy
    unsafe_chunk = ops.copies.unsafe_chunk
    unsafe_split = ops.copies.unsafe_split
    unsafe_split_with_sizes = ops.copies.unsafe_split_with_sizes

    # Memory
    storage = ops.memory.storage
    untyped_storage = ops.memory.untyped_storage
    storage_type = ops.memory.storage_type
    resize_, resize_as_ = ops.memory.resize_, ops.memory.resize_as_
    resize, resize_as = ops.memory.resize, ops.memory.resize_as
    set_ = ops.memory.set_
    is_set_to = ops.memory.is_set_to
    dim_order = ops.memory.dim_order
    is_same_size, is_inference = queries.is_same_size, queries.is_inference
    to_dense, is_distributed = ops.memory.to_dense, queries.is_distributed
    new, new_empty_strided = ops.memory.legacy_new, ops.memory.new_empty_strided
    as_subclass = ops.memory.as_subclass
    apply_, map_, map2_ = ops.memory.apply_, ops.memory.map_, ops.memory.map2_

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
