"""The operations that must exist, by family, and the one list of what they do not do."""

from __future__ import annotations

FAMILIES = {
    "Creation": """
        tensor as_tensor from_numpy from_dlpack zeros ones full empty zeros_like ones_like full_like empty_like rand_like
        randn_like randint_like arange linspace logspace eye tril triu diag meshgrid rand randn randint randperm normal
        bernoulli multinomial to float double int long bool requires_grad_ detach clone""",
    "Pointwise": """
        abs neg sign exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh
        asinh acosh atanh tanh erf erfc erfinv sigmoid logit floor ceil round trunc frac clamp nan_to_num isnan isinf
        isfinite add sub mul div floor_divide remainder fmod pow maximum minimum atan2 hypot lerp addcmul addcdiv where
        logaddexp eq ne lt le gt ge logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor
        bitwise_not""",
    "Reductions and scans": """
        sum mean prod max min amax amin argmax argmin var std var_mean norm linalg.norm logsumexp any all count_nonzero
        cumsum cumprod cummax median sort argsort topk kthvalue unique bincount histc searchsorted""",
    "Products": """
        matmul mm bmm mv dot outer addmm baddbmm einsum tensordot kron linalg.multi_dot linalg.inv linalg.solve linalg.det
        linalg.cholesky linalg.qr linalg.svd linalg.eigh""",
    "Movement": """
        reshape view flatten unflatten transpose permute movedim squeeze unsqueeze expand broadcast_to repeat tile
        repeat_interleave cat stack split chunk unbind roll flip nn.functional.pad narrow select index_select gather scatter
        scatter_add index_add take_along_dim masked_fill masked_select nonzero diagonal nn.functional.unfold
        nn.functional.fold""",
}
NAMES = [name for names in FAMILIES.values() for name in names.split()]
"""Functions, under their path in the module, and methods of Tensor."""

_ON_THE_HOST = (
    "linalg.inv", "inverse", "linalg.det", "det", "linalg.slogdet", "logdet", "linalg.solve", "linalg.solve_triangular",
    "linalg.cholesky", "cholesky", "linalg.matrix_power -2", "linalg.qr", "qr", "linalg.svd", "svd", "linalg.svdvals",
    "linalg.matrix_rank", "linalg.solve right", "linalg.solve vectors", "linalg.solve_triangular lower right",
    "linalg.cholesky upper", "linalg.qr complete", "linalg.qr r", "linalg.svd full", "linalg.pinv atol",
    "linalg.eig", "linalg.eigh", "linalg.eigvals", "linalg.eigvalsh", "linalg.pinv", "pinverse", "linalg.lstsq", "linalg.cond", "linalg.tensorinv", "cholesky_solve",
    "linalg.tensorsolve", "cholesky_inverse", "matrix_exp", "linalg.matrix_exp",
    "triangular_solve", "linalg.inv_ex", "linalg.solve_ex", "linalg.cholesky_ex", "linalg.ldl_factor", "linalg.ldl_solve", "linalg.lu",
    "linalg.lu_factor", "linalg.lu_factor_ex", "Tensor.lu", "lu_unpack", "linalg.lu_solve", "lu_solve", "geqrf",
)  # fmt: skip
_OF_VALUES = (
    "unique", "unique with places and counts", "unique of rows", "unique_consecutive", "bincount", "bincount of weights",
    "repeat_interleave by tensor", "nonzero", "argwhere", "where indices",
)  # fmt: skip

HOLES: dict[tuple[str, str], str] = {
    ("scaled_dot_product_attention dropout float32", "compiled"): "the case seeds a generator",
    ("scaled_dot_product_attention dropout float64", "compiled"): "the case seeds a generator",
    ("scaled_dot_product_attention dropout causal mask float32", "compiled"): "the case seeds a generator",
    ("scaled_dot_product_attention dropout causal mask float64", "compiled"): "the case seeds a generator",
    ("apply_", "compiled"): "it calls a Python function per element",
    ("combinations", "compiled"): "it lists the places on the host",
    ("normal of tensors", "compiled"): "it looks at whether the deviations are negative",
    ("quantile of several", "compiled"): "it looks at the shares on the host",
    ("multinomial", "compiled"): "it looks at the weights on the host",
    ("[mask] read", "compiled"): "its shape depends on the mask's values",
    ("masked_select", "compiled"): "its shape depends on the mask's values",
    ("segment_reduce", "compiled"): "it looks at lengths and offsets on the host",
    **dict.fromkeys(
        [(f"embedding_bag {mode} at top level", "compiled") for mode in ("sum", "mean", "max")],
        "it looks at the offsets on the host",
    ),
    **dict.fromkeys([(name, "compiled") for name in _OF_VALUES], "its result's shape depends on values"),
    **dict.fromkeys([(name, "compiled") for name in _ON_THE_HOST], "NumPy computes it on the host"),
}
"""(name, what) -> why mocrograd does not do what torch does; what is a dtype, "gradient", "second", "gpu",
"compiled" or "missing"; a row's name stands for an operation that has only some rows that are not compiled."""
