"""Which operators of PyTorch's database count, and to which family each belongs."""

from __future__ import annotations

from typing import Any

# Private, sparse or uninitialised results, and ways around Python: no user of a dense package
# calls these.
_OUTSIDE = ("_", "torch.", "jiterator", "sparse.", "to_sparse", "empty", "new_empty", "hash_tensor")
_INSIDE = frozenset(
    (
        "__getitem__",
        "__radd__",
        "__rand__",
        "__rdiv__",
        "__rmatmul__",
        "__rmod__",
        "__rmul__",
        "__ror__",
        "__rpow__",
        "__rsub__",
        "__rxor__",
    )
)
# Entries that wrap an operator in a function of the tests; they are scored beside the others.
WRAPPED = frozenset(
    (
        "normal.in_place",
        "as_strided.partial_views",
        "svd_lowrank",
        "pca_lowrank",
        "bfloat16",
        "chalf",
        "zero_",
        "linalg.eig",
        "linalg.lstsq.grad_oriented",
        "linalg.pinv.singular",
        "nn.functional.multi_head_attention_forward",
        "nn.functional.scaled_dot_product_attention",
    )
)
RANDOM = frozenset(
    (
        "bernoulli",
        "cauchy",
        "exponential",
        "geometric",
        "log_normal",
        "multinomial",
        "normal",
        "rand_like",
        "randint",
        "randint_like",
        "randn",
        "randn_like",
        "uniform",
        "nn.functional.dropout",
        "nn.functional.dropout2d",
        "nn.functional.dropout3d",
        "nn.functional.alpha_dropout",
        "nn.functional.feature_alpha_dropout",
        "nn.functional.rrelu",
        "nn.functional.fractional_max_pool2d",
        "nn.functional.fractional_max_pool3d",
        "pca_lowrank",
        "svd_lowrank",
    )
)
_CLASSES = {
    "UnaryUfuncInfo": "unary",
    "BinaryUfuncInfo": "binary",
    "ReductionOpInfo": "reduction",
    "ShapeFuncInfo": "shape",
    "SpectralFuncInfo": "fft",
}
_PREFIXES = ("nn.functional", "linalg", "fft", "special", "masked", "signal")
_LOSSES = ("loss", "entropy", "kl_div")


def key(info: Any) -> str:
    """The name of an entry, with its variant."""
    return info.name + (f".{info.variant_test_name}" if info.variant_test_name else "")


def in_scope(info: Any) -> bool:
    """Whether an operator is one that users of a dense package call."""
    return info.name in _INSIDE or not info.name.startswith(_OUTSIDE)


def family(info: Any) -> str:
    """The family of an operator, as the tables print it."""
    name: str = info.name
    for prefix in _PREFIXES:
        if name.startswith(f"{prefix}."):
            break
    else:
        return _CLASSES.get(type(info).__name__, "other")
    if prefix != "nn.functional":
        return prefix
    if any(word in name for word in _LOSSES):
        return "nn losses"
    if "pool" in name or "conv" in name or "fold" in name:
        return "nn conv and pool"
    return "nn other"
