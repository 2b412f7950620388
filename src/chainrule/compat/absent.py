"""Names of PyTorch that chainrule will not have, and why.

Knows no program. `*` in a pattern stands for anything; methods of unknown objects are matched by
the patterns that begin with `torch.Tensor.`, so these name only what tensors alone have.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

REASONS = {
    "sparse tensors: all tensors are dense here": (
        "torch.sparse torch.sparse.* torch.sparse_* torch.*_sparse torch.Sparse* "
        "torch.*sparse_tensor_invariants* torch.hspmm torch.smm torch.sspaddmm torch.*.Sparse* "
        "torch.Tensor.*sparse* torch.Tensor.coalesce torch.Tensor.is_coalesced "
        "torch.Tensor.crow_indices torch.Tensor.col_indices torch.Tensor.ccol_indices "
        "torch.Tensor.row_indices torch.Tensor.hspmm torch.Tensor.smm torch.Tensor.sspaddmm "
        "torch.segment_reduce torch.dsmm torch.hsmm torch.spmm torch.saddmm torch.sparse "
        "torch.Tensor.values torch.Tensor.indices torch.Tensor.dense_dim"
    ),
    "quantised tensors: use float32": (
        "torch.ao torch.ao.* torch.quantization torch.quantization.* torch.nn.quantized* "
        "torch.quant* torch.*quint* torch.*qint* torch.*quantize* torch.q_* torch.*_quantized* "
        "torch.nn.qat* torch.nn.intrinsic* torch.nn.quantizable* torch.int_repr "
        "torch.fbgemm_* torch.QUInt* torch.QInt* torch.Tensor.dequantize "
        "torch.Tensor.int_repr torch.Tensor.q_* torch.Tensor.qscheme torch.Tensor.is_quantized "
        "torch.qscheme torch.per_*_affine* torch.per_*_symmetric torch.backends.quantized* "
        "torch.choose_qparams_optimized torch.fake_quantize_*"
    ),
    "a library for other hardware, or a format of it": (
        "torch.*mkldnn* torch.*cudnn_* torch.miopen* torch.*vulkan* torch.mps torch.mps.* "
        "torch.xpu torch.xpu.* torch.mtia torch.mtia.* torch.*.mps* torch.*.xpu* torch.hpu* "
        "torch.Tensor.ipu torch.Tensor.xpu torch.Tensor.hpu torch.Tensor.mtia "
        "torch.Tensor.is_ipu torch.Tensor.is_xla torch.Tensor.is_xpu torch.Tensor.is_m*a "
        "torch.*autocast_ipu* torch.*autocast_xla* torch.batch_norm_* "
        "torch.Tensor.record_stream torch.Tensor.*mkldnn* "
        "torch.*.xeon* torch.*_xnnpack* torch.*.miopen* torch.*.mha* torch.*.nnpack*"
    ),
    "a compiler's view of a program: chainrule.compile and chainrule.see have their own": (
        "torch.fx torch.fx.* torch.export torch.export.* torch.onnx torch.onnx.* torch.package* "
        "torch.jit.* torch.Script* torch.*Graph* torch.parse_* torch.import_ir* torch.merge_type* "
        "torch.unify_type* torch.*Type torch.*FunctionState* torch.sym_* torch.Sym* "
        "torch.*_symbolic* torch.cond torch.while_loop torch.vitals* torch.*vital "
        "torch.compiler.* torch.Tensor.module_load"
    ),
    "named or nested tensors": (
        "torch.nested torch.nested.* torch.Tensor.*rename* torch.Tensor.refine_names "
        "torch.Tensor.align_* torch.align_tensors torch.Tensor.has_names "
        "torch.nested*"
    ),
    "how PyTorch itself is built": (
        "torch.classes* torch.ops torch.ops.* torch.library* torch.overrides.* torch.utils.cpp_* "
        "torch.*_capsule* torch.*dlpack_* torch.*_copy torch.compiled_with* torch.*cpp_extension* "
        "torch.AliasDb torch.Argument* torch.Benchmark* torch.Block torch.CallStack torch.Capsule "
        "torch.Code torch.Compil* torch.Complete* torch.Concrete* torch.DeepCopy* "
        "torch.*StorageContext torch.Disable* torch.Dispatch* torch.ErrorReport torch.Exclude* "
        "torch.ExecutionPlan torch.FatalError torch.FileCheck torch.FunctionSchema torch.Gradient "
        "torch.IODescriptor torch.JITException torch.LiteScriptModule torch.*Logger* torch.Node "
        "torch.OperatorInfo torch.PRIVATE_OPS torch.PyTorchFile* torch.StaticModule torch.Tag "
        "torch.Throughput* torch.TracingState torch.USE_* torch.Use torch.Value torch.AVG "
        "torch.SUM torch.*hash_tensor torch.*slice_inverse torch.prepare_multi* "
        "torch.profiler_allow* torch.*_increment_nesting torch.*_decrement_nesting "
        "torch.backends.cuda.*"
    ),
    "numbers that NumPy has none of: use float16, float32 or int8": (
        "torch.float8* torch.float4* torch.uint? torch.int? torch.bits* torch.bit torch.complex32 "
        "torch.chalf torch.Tensor.chalf"
    ),
    "models that others trained, from the network": "torch.hub.load* torch.hub.download*",
}
_OF_OTHERS = frozenset({"values", "indices", "rename", "rename_", "coalesce"})  # pandas has them
_PATTERNS = [(pattern, why) for why, text in REASONS.items() for pattern in text.split()]


def reason(name: str) -> str | None:
    """Why PyTorch's `name` is not here; None if there is no reason.

    >>> reason("torch.sparse.mm")
    'sparse tensors: all tensors are dense here'
    >>> reason("torch.matmul") is None
    True
    """
    for pattern, why in _PATTERNS:
        if fnmatchcase(name, pattern):
            return why
    return None


def absent_method(name: str) -> str | None:
    """Why tensors have no method `name`, if it is one that only tensors have.

    >>> absent_method("to_sparse")
    'sparse tensors: all tensors are dense here'
    >>> absent_method("append") is None
    True
    """
    full = f"torch.Tensor.{name}"
    if name in _OF_OTHERS:
        return None
    for pattern, why in _PATTERNS:
        if pattern.startswith("torch.Tensor.") and fnmatchcase(full, pattern):
            return why
    return None
