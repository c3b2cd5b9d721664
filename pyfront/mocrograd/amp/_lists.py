"""Which operations autocast casts the operands of, on the CPU and on GPUs: the lists of torch's documentation."""

from __future__ import annotations

LOWER, FLOAT32, WIDEST, AS_THEY_ARE = "lower", "float32", "widest", "as they are"
"""To the region's dtype of 16 bits; to float32; to the widest dtype among the operands; not at all, also where the
operation is composed of listed ones, which torch's is not."""

_PRODUCTS = """
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d bmm mm baddbmm addmm addbmm linear matmul
    vecdot prelu scaled_dot_product_attention run_layers run_step
"""
_LOSSES = """
    mse_loss cosine_embedding_loss nll_loss hinge_embedding_loss poisson_nll_loss smooth_l1_loss l1_loss huber_loss
    margin_ranking_loss soft_margin_loss triplet_margin_loss multi_margin_loss kl_div multilabel_margin_loss
    binary_cross_entropy_with_logits cross_entropy
"""
_CPU = {
    LOWER: _PRODUCTS,
    FLOAT32: _LOSSES + """
        ctc_loss binary_cross_entropy avg_pool3d max_pool3d adaptive_avg_pool3d adaptive_max_pool3d max_unpool2d
        max_unpool3d fractional_max_pool2d fractional_max_pool3d grid_sample polar prod quantile nanquantile cdist trace
        cholesky cholesky_inverse cholesky_solve inverse pinverse qr svd linalg.cond linalg.matrix_rank linalg.solve
        linalg.cholesky linalg.svdvals linalg.eigvalsh linalg.inv linalg.tensorinv linalg.tensorsolve linalg.qr
        linalg.svd linalg.eigh linalg.lstsq
    """,
    WIDEST: "stack cat index_copy",
    AS_THEY_ARE: "dot vdot mv inner bilinear interpolate",
}  # fmt: skip
_GPU = {
    LOWER: _PRODUCTS + "addmv addr einsum mv chain_matmul multi_dot linalg.multi_dot",
    FLOAT32: _LOSSES + """
        acos asin cosh erfinv exp expm1 log log10 log2 log1p reciprocal rsqrt sinh tan pow softplus layer_norm
        group_norm cosine_similarity dist pdist cdist renorm logsumexp prod softmax log_softmax cumprod cumsum
        linalg.vector_norm linalg.matrix_norm norm sum interpolate
    """,
    WIDEST: "addcdiv addcmul atan2 bilinear cross dot vdot grid_sample index_put tensordot scatter_add stack cat",
}  # fmt: skip
DEVICES = {"cpu": _CPU, "cuda": _GPU}


def policies(device_type: str) -> dict[str, str]:
    """Return what is done to the operands of operations on devices of a type, by the operations' names."""
    return {name: policy for policy, names in DEVICES[device_type].items() for name in names.split()}
