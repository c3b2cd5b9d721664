"""Bad calls of what nn.utils has."""

from __future__ import annotations

from typing import Any

from badcalls.table import bad

bad(
    "nn.utils clip value word", lambda m: m.nn.utils.clip_grad_value_([], "x"), "could not convert string to float: 'x'"
)
bad("nn.utils clip word", lambda m: m.nn.utils.clip_grad_norm_([], "x"), "could not convert string to float: 'x'")
bad("nn.utils vector", lambda m: m.nn.utils.vector_to_parameters(3, []), "expected a Tensor, but got: int")
bad(
    "nn.utils vec none",
    lambda m: m.nn.utils.parameters_to_vector([]),
    "cat\\(\\): expected a non-empty list of Tensors",
)
bad(
    "nn.utils spectral",
    lambda m: m.nn.utils.spectral_norm(m.nn.Linear(1, 1), n_power_iterations=0),
    "Expected n_power_iterations to be positive, but got n_power_",
)


def _grown(m: Any) -> Any:
    """Return a parameter whose gradient is infinite."""
    p = m.nn.Parameter(m.ones(1))
    p.grad = m.ones(1) * float("inf")
    return p


bad(
    "nn.utils.clip_grad_value_ of a word",
    lambda m: m.nn.utils.clip_grad_value_([m.ones(2)], "x"),
    "could not convert string to float: 'x'",
)
bad(
    "nn.utils.clip_grad_norm_ not finite",
    lambda m: m.nn.utils.clip_grad_norm_([_grown(m)], 1.0, error_if_nonfinite=True),
    r"The total norm of order 2\.0 for gradients from",
)
bad(
    "nn.utils.parameters_to_vector of nothing",
    lambda m: m.nn.utils.parameters_to_vector([]),
    r"cat\(\): expected a non-empty list of Tensors",
)
bad(
    "nn.utils.vector_to_parameters of a list",
    lambda m: m.nn.utils.vector_to_parameters([1.0], [m.nn.Parameter(m.ones(1))]),
    "expected a Tensor, but got: list",
)
bad(
    "nn.utils.vector_to_parameters of few",
    lambda m: m.nn.utils.vector_to_parameters(m.ones(1), [m.nn.Parameter(m.ones(2))]),
    r"reshape: shape '\[2\]' is invalid for input of size 1 \(shape \[1\]\)",
)
bad("nn.utils.skip_init of no module", lambda m: m.nn.utils.skip_init(dict), "Expected a Module; got <class 'dict'>")
bad(
    "nn.utils.spectral_norm steps",
    lambda m: m.nn.utils.spectral_norm(m.nn.Linear(2, 2), n_power_iterations=0),
    "to be positive, but got n_power_iterations=0",
)
bad(
    "nn.utils.remove_spectral_norm",
    lambda m: m.nn.utils.remove_spectral_norm(m.nn.Linear(2, 2)),
    "spectral_norm of 'weight' not found in",
)
bad(
    "nn.utils.remove_weight_norm",
    lambda m: m.nn.utils.remove_weight_norm(m.nn.Linear(2, 2)),
    r"weight_norm of 'weight' not found in Linear\(in_features=2,",
)
bad(
    "nn.utils.fuse_conv_bn_eval training",
    lambda m: m.nn.utils.fuse_conv_bn_eval(m.nn.Conv2d(1, 1, 1), m.nn.BatchNorm2d(1)),
    "Fusion only for eval!",
)
bad(
    "nn.utils.fuse_linear_bn_eval training",
    lambda m: m.nn.utils.fuse_linear_bn_eval(m.nn.Linear(1, 1), m.nn.BatchNorm1d(1)),
    "Fusion only for eval!",
)
bad(
    "parametrizations.spectral_norm dim",
    lambda m: m.nn.utils.parametrizations.spectral_norm(m.nn.Linear(2, 2), dim=2),
    r"range of \[-2, 1\] but got 2\)",
)
bad(
    "parametrizations.spectral_norm steps",
    lambda m: m.nn.utils.parametrizations.spectral_norm(m.nn.Linear(2, 2), n_power_iterations=0),
    "to be positive, but got n_power_iterations=0",
)
bad(
    "parametrizations.spectral_norm name",
    lambda m: m.nn.utils.parametrizations.spectral_norm(m.nn.Linear(2, 2), "scale"),
    r"Module 'Linear\(in_features=2, out_features=2, bias=True\)'",
)
bad(
    "parametrizations.weight_norm name",
    lambda m: m.nn.utils.parametrizations.weight_norm(m.nn.Linear(2, 2), "scale"),
    r"Module 'Linear\(in_features=2, out_features=2, bias=True\)'",
)
bad(
    "parametrize.remove_parametrizations",
    lambda m: m.nn.utils.parametrize.remove_parametrizations(m.nn.Linear(2, 2), "weight"),
    r"Module Linear\(in_features=2, out_features=2, bias=True\)",
)
bad(
    "parametrize.ParametrizationList",
    lambda m: m.nn.utils.parametrize.ParametrizationList([], m.ones(2)),
    r"ParametrizationList requires one or more modules\.",
)
