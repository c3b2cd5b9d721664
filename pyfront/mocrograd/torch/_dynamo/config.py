"""Switches of torch's compiler; they may be set, and change nothing."""

cache_size_limit = 8
recompile_limit = 8
accumulated_cache_size_limit = 256
capture_scalar_outputs = False
capture_dynamic_output_shape_ops = False
skip_fwd_side_effects_in_bwd_under_checkpoint = False
suppress_errors = False
verbose = False
automatic_dynamic_shapes = True
assume_static_by_default = True
dynamic_shapes = True
optimize_ddp = True
inline_inbuilt_nn_modules = True
disable = False
