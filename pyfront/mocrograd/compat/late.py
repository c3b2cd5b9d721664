"""Names of torch's top level that few programs use, and the modules that they are imported from when they are used."""

HOMES = dict.fromkeys(
    (
        "alias_copy", "as_strided_copy", "detach_copy", "diagonal_copy", "expand_copy", "permute_copy", "select_copy",
        "slice_copy", "split_copy", "split_with_sizes_copy", "squeeze_copy", "t_copy", "transpose_copy", "unbind_copy",
        "unfold_copy", "unsqueeze_copy", "view_copy",
    ),
    "compat.copies",
)  # fmt: skip
HOMES |= dict.fromkeys(("empty_permuted", "empty_strided", "range"), "compat.creation")
HOMES |= dict.fromkeys(
    (
        "affine_grid_generator", "batch_norm_update_stats", "channel_shuffle", "constant_pad_nd", "conv_tbc",
        "convolution", "embedding_bag", "embedding_renorm_", "frobenius_norm", "grid_sampler", "grid_sampler_2d",
        "grid_sampler_3d", "gru_cell", "lstm_cell", "native_batch_norm", "native_channel_shuffle", "native_dropout",
        "native_group_norm", "native_layer_norm", "native_norm", "norm_except_dim", "nuclear_norm", "rnn_relu_cell",
        "rnn_tanh_cell",
    ),
    "compat.native",
)  # fmt: skip
HOMES |= dict.fromkeys(
    (
        "sparse_bsc_tensor", "sparse_bsr_tensor", "sparse_compressed_tensor", "sparse_coo_tensor", "sparse_csc_tensor",
        "sparse_csr_tensor",
    ),
    "sparse",
)  # fmt: skip
HOMES |= dict.fromkeys(("dsmm", "hsmm", "hspmm", "resize_as_sparse_", "saddmm", "smm", "spmm", "sspaddmm"), "sparse")
