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
    "linalg.matrix_rank", "linalg.eigh", "linalg.eigvalsh", "linalg.pinv", "pinverse", "linalg.lstsq",
)  # fmt: skip

HOLES: dict[tuple[str, str], str] = {
    ("randint_like", "missing"): "not written yet",
    ("logspace", "missing"): "not written yet",
    ("randperm", "compiled"): "it shuffles on the host",
    ("multinomial", "compiled"): "it draws on the host",
    ("poisson", "compiled"): "it draws on the host",
    ("bernoulli", "compiled"): "it looks at the probabilities on the host",
    ("[int tensor, int tensor]", "compiled"): "it joins the indices on the host",
    ("[int tensor, :, int tensor]", "compiled"): "it joins the indices on the host",
    ("binary_cross_entropy none", "compiled"): "it looks at whether the inputs are probabilities",
    ("binary_cross_entropy sum", "compiled"): "it looks at whether the inputs are probabilities",
    ("[mask]", "compiled"): "its shape depends on the mask's values",
    **dict.fromkeys([(name, "compiled") for name in _ON_THE_HOST], "NumPy computes it on the host"),
    ("tril", "missing"): "not written yet",
    ("triu", "missing"): "not written yet",
    ("diag", "missing"): "not written yet",
    ("meshgrid", "missing"): "not written yet",
    ("multinomial", "missing"): "not written yet",
    ("prod", "missing"): "not written yet",
    ("std", "missing"): "not written yet",
    ("var_mean", "missing"): "not written yet",
    ("norm", "missing"): "not written yet",
    ("linalg.norm", "missing"): "not written yet",
    ("logsumexp", "missing"): "not written yet",
    ("count_nonzero", "missing"): "not written yet",
    ("cumsum", "missing"): "not written yet",
    ("cumprod", "missing"): "not written yet",
    ("cummax", "missing"): "not written yet",
    ("median", "missing"): "not written yet",
    ("sort", "missing"): "not written yet",
    ("argsort", "missing"): "not written yet",
    ("topk", "missing"): "not written yet",
    ("kthvalue", "missing"): "not written yet",
    ("unique", "missing"): "not written yet",
    ("bincount", "missing"): "not written yet",
    ("histc", "missing"): "not written yet",
    ("unflatten", "missing"): "not written yet",
    ("movedim", "missing"): "not written yet",
    ("repeat", "missing"): "not written yet",
    ("tile", "missing"): "not written yet",
    ("repeat_interleave", "missing"): "not written yet",
    ("roll", "missing"): "not written yet",
    ("flip", "missing"): "not written yet",
    ("nn.functional.pad", "missing"): "not written yet",
    ("select", "missing"): "not written yet",
    ("gather", "missing"): "not written yet",
    ("scatter", "missing"): "not written yet",
    ("scatter_add", "missing"): "not written yet",
    ("index_add", "missing"): "not written yet",
    ("take_along_dim", "missing"): "not written yet",
    ("masked_select", "missing"): "not written yet",
    ("nonzero", "missing"): "not written yet",
    ("diagonal", "missing"): "not written yet",
    ("nn.functional.unfold", "missing"): "not written yet",
    ("nn.functional.fold", "missing"): "not written yet",
    ("randperm sorted", "compiled"): "it reads a tensor on the host (numpy(), tolist() or print())",
    ("randint", "compiled"): "it reads a tensor on the host (numpy(), tolist() or print())",
    ("bernoulli", "compiled"): "it reads a value on the host (item(), bool(), float() or int() of a tensor)",
    ("linalg.inv", "compiled"): "linalg.inv() computes on the host",
    ("inverse", "compiled"): "linalg.inv() computes on the host",
    ("linalg.det", "compiled"): "linalg.det() computes on the host",
    ("det", "compiled"): "linalg.det() computes on the host",
    ("linalg.slogdet", "compiled"): "linalg.slogdet() computes on the host",
    ("logdet", "compiled"): "linalg.slogdet() computes on the host",
    ("linalg.solve", "compiled"): "linalg.solve() computes on the host",
    ("linalg.solve right", "compiled"): "linalg.solve() computes on the host",
    ("linalg.solve vectors", "compiled"): "linalg.solve() computes on the host",
    ("linalg.solve_triangular", "compiled"): "linalg.solve_triangular() computes on the host",
    ("linalg.solve_triangular lower right", "compiled"): "linalg.solve_triangular() computes on the host",
    ("linalg.cholesky", "compiled"): "linalg.cholesky() computes on the host",
    ("linalg.cholesky upper", "compiled"): "linalg.cholesky() computes on the host",
    ("cholesky", "compiled"): "linalg.cholesky() computes on the host",
    ("linalg.matrix_power -2", "compiled"): "linalg.inv() computes on the host",
    ("linalg.qr", "compiled"): "linalg.qr() computes on the host",
    ("linalg.qr complete", "compiled"): "linalg.qr() computes on the host",
    ("linalg.qr r", "compiled"): "linalg.qr() computes on the host",
    ("qr", "compiled"): "linalg.qr() computes on the host",
    ("linalg.svd", "compiled"): "linalg.svd() computes on the host",
    ("linalg.svd full", "compiled"): "linalg.svd() computes on the host",
    ("svd", "compiled"): "linalg.svd() computes on the host",
    ("linalg.svdvals", "compiled"): "linalg.svd() computes on the host",
    ("linalg.matrix_rank", "compiled"): "linalg.svd() computes on the host",
    ("linalg.eigh", "compiled"): "linalg.eigh() computes on the host",
    ("linalg.eigvalsh", "compiled"): "linalg.eigh() computes on the host",
    ("linalg.pinv", "compiled"): "linalg.svd() computes on the host",
    ("linalg.pinv atol", "compiled"): "linalg.svd() computes on the host",
    ("pinverse", "compiled"): "linalg.svd() computes on the host",
    ("linalg.lstsq", "compiled"): "linalg.svd() computes on the host",
    ("[int tensor, int tensor]", "compiled"): "it reads a tensor on the host (numpy(), tolist() or print())",
    ("[int tensor, :, int tensor]", "compiled"): "it reads a tensor on the host (numpy(), tolist() or print())",
    ("[mask]", "compiled"): "it reads a tensor on the host (numpy(), tolist() or print())",
}
"""(name, what) -> why mocrograd does not do what torch does; what is a dtype, "gradient", "second", "gpu",
"compiled" or "missing"; a row's name stands for an operation that has only some rows that are not compiled."""
