"""Bad calls of normalisation."""

from badcalls.table import bad

bad(
    "layer_norm of another shape", lambda m: m.nn.functional.layer_norm(m.ones(2, 3), (2,)), "expected input with shape"
)
bad("layer_norm of another weight", lambda m: m.nn.functional.layer_norm(m.ones(2, 3), (3,), m.ones(2)), "weight")
bad("layer_norm of nothing", lambda m: m.nn.functional.layer_norm(m.ones(2, 3), ()), "at least 1-dimensional")
bad("group_norm of groups", lambda m: m.nn.functional.group_norm(m.ones(2, 3, 4), 2), "divisible")
bad("batch_norm without statistics", lambda m: m.nn.functional.batch_norm(m.ones(2, 3), None, None), "running_mean")
bad("batch_norm of one value", lambda m: m.nn.functional.batch_norm(m.ones(1, 3), None, None, training=True),
    "more than 1 value per channel")  # fmt: skip
bad("batch_norm of other channels",
    lambda m: m.nn.functional.batch_norm(m.ones(2, 3), m.zeros(2), m.ones(2)), "3 elements not 2")  # fmt: skip
bad(
    "instance_norm of one value",
    lambda m: m.nn.functional.instance_norm(m.ones(2, 3, 1)),
    "more than 1 spatial element",
)
bad("rms_norm of no tensor", lambda m: m.nn.functional.rms_norm(3.0, (1,)), "must be Tensor")
bad("local_response_norm of two dimensions", lambda m: m.nn.functional.local_response_norm(m.ones(2, 3), 2), "3D")
