"""Bad calls of functions, schedules and helpers that the other files leave out."""

from __future__ import annotations

from typing import Any

from badcalls.table import bad


def _grown(m: Any) -> Any:
    """Return a parameter whose gradient is infinite."""
    p = m.nn.Parameter(m.ones(1))
    p.grad = m.ones(1) * float("inf")
    return p


def _leaf(m: Any) -> Any:
    return m.ones(2)


def _sequential(m: Any, **options: Any) -> Any:
    return m.utils.checkpoint.checkpoint_sequential([], 1, m.ones(1), use_reentrant=False, **options)


def _step(schedule: Any) -> Any:
    schedule.optimizer.step()
    return schedule.step()


def _sgd(m: Any) -> Any:
    return m.optim.SGD([m.nn.Parameter(m.ones(2))], lr=0.1)


CALLS = {
    "affine_grid integers": (
        lambda m: m.nn.functional.affine_grid(m.ones(1, 2, 3, dtype=m.int64), (1, 1, 2, 2), False),
        r"point type, but got mocrograd\.int64",
    ),
    "affine_grid shape": (
        lambda m: m.nn.functional.affine_grid(m.ones(1, 3, 3), (1, 1, 2, 2), False),
        "Expected a batch of 2D affine matrices of shape Nx2x3 for",
    ),
    "affine_grid size": (
        lambda m: m.nn.functional.affine_grid(m.ones(1, 2, 3), (1, 1, 0, 2), False),
        r"Expected non-zero, positive output size\. Got \(1, 1, 0, 2\)",
    ),
    "affine_grid rank": (
        lambda m: m.nn.functional.affine_grid(m.ones(1, 2, 3), (1, 2, 2), False),
        r"2D and 3D transforms, got \(1, 2, 2\)",
    ),
    "affine_grid batch": (
        lambda m: m.nn.functional.affine_grid(m.ones(1, 2, 3), (3, 1, 2, 2), False),
        "Expected 3 affine matrices, one for each image, got 1",
    ),
    "grid_sample mode": (
        lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 2, 2), m.ones(1, 2, 2, 2), "x", align_corners=False),
        "or 'bicubic', but got: 'x'",
    ),
    "grid_sample padding": (
        lambda m: m.nn.functional.grid_sample(
            m.ones(1, 1, 2, 2), m.ones(1, 2, 2, 2), padding_mode="x", align_corners=False
        ),
        "or 'reflection', but got: 'x'",
    ),
    "grid_sample rank": (
        lambda m: m.nn.functional.grid_sample(m.ones(1, 2, 2), m.ones(1, 2, 2), align_corners=False),
        r"of dimensions, but got input with sizes \[1, 2, 2\] and grid",
    ),
    "grid_sample batch": (
        lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 2, 2), m.ones(2, 2, 2, 2), align_corners=False),
        r"and 2 in the last, but got input with sizes \[1, 1, 2, 2\]",
    ),
    "grid_sample axes": (
        lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 2, 2), m.ones(1, 2, 2, 3), align_corners=False),
        r"and 2 in the last, but got input with sizes \[1, 1, 2, 2\]",
    ),
    "grid_sample dtype": (
        lambda m: m.nn.functional.grid_sample(
            m.ones(1, 1, 2, 2), m.ones(1, 2, 2, 2, dtype=m.float64), align_corners=False
        ),
        r"grid_sample\(\): expected input and grid to have the same",
    ),
    "grid_sample empty": (
        lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 0, 2), m.ones(1, 2, 2, 2), align_corners=False),
        r"dimensions, but got sizes \[1, 1, 0, 2\]",
    ),
    "grid_sample cubic volumes": (
        lambda m: m.nn.functional.grid_sample(
            m.ones(1, 1, 2, 2, 2), m.ones(1, 2, 2, 2, 3), "bicubic", align_corners=False
        ),
        r"grid_sample\(\): bicubic interpolation only supports 4D input",
    ),
    "gumbel_softmax dim": (
        lambda m: m.nn.functional.gumbel_softmax(m.ones(2, 3), dim=2),
        r"range of \[-2, 1\], but got 2\)",
    ),
    "one_hot of floats": (
        lambda m: m.nn.functional.one_hot(m.ones(3)),
        r"tensor of type int64, got mocrograd\.float32",
    ),
    "one_hot classes": (
        lambda m: m.nn.functional.one_hot(m.tensor([3]), 3),
        r"Class values must be smaller than num_classes \(3\), got 3\.",
    ),
    "one_hot below": (
        lambda m: m.nn.functional.one_hot(m.tensor([-1])),
        r"Class values must be non-negative, got -1\.",
    ),
    "one_hot of nothing": (
        lambda m: m.nn.functional.one_hot(m.zeros(0, dtype=m.int64)),
        r"Can not infer total number of classes from empty tensor\.",
    ),
    "pad pairs": (lambda m: m.nn.functional.pad(m.ones(3), (1,)), "Padding length must be divisible by 2"),
    "pad mode": (lambda m: m.nn.functional.pad(m.ones(1, 3), (1, 1), "x"), "Unrecognised padding mode x"),
    "scaled_dot_product_attention widths": (
        lambda m: m.nn.functional.scaled_dot_product_attention(m.ones(2, 3), m.ones(2, 4), m.ones(2, 4)),
        r"of one length, but got query \[2, 3\], key \[2, 4\] and value",
    ),
    "linear widths": (
        lambda m: m.nn.functional.linear(m.ones(2, 3), m.ones(4, 5)),
        r"linear: mat1 and mat2 shapes cannot be multiplied \(2x3 and 5x4\)",
    ),
    "prelu weights": (
        lambda m: m.nn.functional.prelu(m.ones(2, 3), m.ones(2)),
        r"Mismatch of parameter numbers and input channel size\.",
    ),
    "glu odd": (
        lambda m: m.nn.functional.glu(m.ones(2, 3)),
        "Halving dimension must be even, but dimension -1 is size 3",
    ),
    "rrelu bounds": (
        lambda m: m.nn.functional.rrelu(m.ones(3), 0.5, 0.1),
        r"rrelu: lower=0\.5 should not be above upper=0\.1",
    ),
    "dropout2d probability": (
        lambda m: m.nn.functional.dropout2d(m.ones(1, 2, 3, 3), 1.5),
        r"dropout probability has to be between 0 and 1, but got 1\.5",
    ),
    "alpha_dropout probability": (
        lambda m: m.nn.functional.alpha_dropout(m.ones(3), -0.5),
        r"dropout probability has to be between 0 and 1, but got -0\.5",
    ),
    "embedding_bag index": (
        lambda m: m.nn.functional.embedding_bag(m.tensor([[3]]), m.ones(3, 2)),
        "self: expected 0 to 2, got 3",
    ),
    "embedding_bag index below": (
        lambda m: m.nn.functional.embedding_bag(m.tensor([-1, 0]), m.ones(3, 2), m.tensor([0])),
        "self: expected 0 to 2, got -1",
    ),
    "embedding_bag largest index": (
        lambda m: m.nn.functional.embedding_bag(m.tensor([[3]]), m.ones(3, 2), max_norm=1.0),
        "index 3 is out of bounds for dimension with size 3",
    ),
    "interpolate no channels": (
        lambda m: m.nn.functional.interpolate(m.ones(1, 0, 3), 4),
        r"channels expected, but got a tensor with sizes \[1, 0, 3\]",
    ),
    "MultiStepLR no gamma": (
        lambda m: _step(m.optim.lr_scheduler.MultiStepLR(_sgd(m), [0], gamma="x")),
        r"unsupported operand type\(s\) for \*\* or pow\(\): 'str' and 'int'",
    ),
    "MultiStepLR no optimizer": (
        lambda m: m.optim.lr_scheduler.MultiStepLR([m.ones(1)], [1]),
        "list is not an Optimizer",
    ),
    "CosineAnnealingLR no length": (
        lambda m: m.optim.lr_scheduler.CosineAnnealingLR(_sgd(m)),
        r"CosineAnnealingLR\.__init__\(\) missing 1 required positional",
    ),
    "ExponentialLR no optimizer": (
        lambda m: m.optim.lr_scheduler.ExponentialLR([m.ones(1)], 0.1),
        "list is not an Optimizer",
    ),
    "ExponentialLR word": (
        lambda m: _step(m.optim.lr_scheduler.ExponentialLR(_sgd(m), "x")),
        "can't multiply sequence by non-int of type 'float'",
    ),
    "PolynomialLR no optimizer": (lambda m: m.optim.lr_scheduler.PolynomialLR([m.ones(1)]), "list is not an Optimizer"),
    "PolynomialLR word": (
        lambda m: _step(m.optim.lr_scheduler.PolynomialLR(_sgd(m), "x")),
        "'>' not supported between instances of 'int' and 'str'",
    ),
    "LRScheduler": (lambda m: m.optim.lr_scheduler.LRScheduler(_sgd(m)), "LRScheduler has no get_lr"),
    "nn.utils.clip_grad_value_ of a word": (
        lambda m: m.nn.utils.clip_grad_value_([m.ones(2)], "x"),
        "could not convert string to float: 'x'",
    ),
    "nn.utils.clip_grad_norm_ not finite": (
        lambda m: m.nn.utils.clip_grad_norm_([_grown(m)], 1.0, error_if_nonfinite=True),
        r"The total norm of order 2\.0 for gradients from",
    ),
    "nn.utils.parameters_to_vector of nothing": (
        lambda m: m.nn.utils.parameters_to_vector([]),
        r"cat\(\): expected a non-empty list of Tensors",
    ),
    "nn.utils.vector_to_parameters of a list": (
        lambda m: m.nn.utils.vector_to_parameters([1.0], [m.nn.Parameter(m.ones(1))]),
        "expected a Tensor, but got: list",
    ),
    "nn.utils.vector_to_parameters of few": (
        lambda m: m.nn.utils.vector_to_parameters(m.ones(1), [m.nn.Parameter(m.ones(2))]),
        r"reshape: shape '\[2\]' is invalid for input of size 1 \(shape \[1\]\)",
    ),
    "nn.utils.skip_init of no module": (lambda m: m.nn.utils.skip_init(dict), "Expected a Module; got <class 'dict'>"),
    "nn.utils.spectral_norm steps": (
        lambda m: m.nn.utils.spectral_norm(m.nn.Linear(2, 2), n_power_iterations=0),
        "to be positive, but got n_power_iterations=0",
    ),
    "nn.utils.remove_spectral_norm": (
        lambda m: m.nn.utils.remove_spectral_norm(m.nn.Linear(2, 2)),
        "spectral_norm of 'weight' not found in",
    ),
    "nn.utils.remove_weight_norm": (
        lambda m: m.nn.utils.remove_weight_norm(m.nn.Linear(2, 2)),
        r"weight_norm of 'weight' not found in Linear\(in_features=2,",
    ),
    "nn.utils.fuse_conv_bn_eval training": (
        lambda m: m.nn.utils.fuse_conv_bn_eval(m.nn.Conv2d(1, 1, 1), m.nn.BatchNorm2d(1)),
        "Fusion only for eval!",
    ),
    "nn.utils.fuse_linear_bn_eval training": (
        lambda m: m.nn.utils.fuse_linear_bn_eval(m.nn.Linear(1, 1), m.nn.BatchNorm1d(1)),
        "Fusion only for eval!",
    ),
    "parametrizations.spectral_norm dim": (
        lambda m: m.nn.utils.parametrizations.spectral_norm(m.nn.Linear(2, 2), dim=2),
        r"range of \[-2, 1\] but got 2\)",
    ),
    "parametrizations.spectral_norm steps": (
        lambda m: m.nn.utils.parametrizations.spectral_norm(m.nn.Linear(2, 2), n_power_iterations=0),
        "to be positive, but got n_power_iterations=0",
    ),
    "parametrizations.spectral_norm name": (
        lambda m: m.nn.utils.parametrizations.spectral_norm(m.nn.Linear(2, 2), "scale"),
        r"Module 'Linear\(in_features=2, out_features=2, bias=True\)'",
    ),
    "parametrizations.weight_norm name": (
        lambda m: m.nn.utils.parametrizations.weight_norm(m.nn.Linear(2, 2), "scale"),
        r"Module 'Linear\(in_features=2, out_features=2, bias=True\)'",
    ),
    "parametrize.remove_parametrizations": (
        lambda m: m.nn.utils.parametrize.remove_parametrizations(m.nn.Linear(2, 2), "weight"),
        r"Module Linear\(in_features=2, out_features=2, bias=True\)",
    ),
    "parametrize.ParametrizationList": (
        lambda m: m.nn.utils.parametrize.ParametrizationList([], m.ones(2)),
        r"ParametrizationList requires one or more modules\.",
    ),
    "nn.init.dirac_ rank": (
        lambda m: m.nn.init.dirac_(m.ones(2)),
        "Only tensors with 3, 4, or 5 dimensions are supported, got 1",
    ),
    "nn.init.dirac_ groups": (
        lambda m: m.nn.init.dirac_(m.ones(3, 2, 2), groups=2),
        "dim 0 must be divisible by groups, got 3 and 2",
    ),
    "nn.init.eye_ rank": (lambda m: m.nn.init.eye_(m.ones(2)), "Only tensors with 2 dimensions are supported, got 1"),
    "nn.init.kaiming_uniform_ rank": (
        lambda m: m.nn.init.kaiming_uniform_(m.ones(2)),
        "Fan in and fan out can not be computed for tensor with",
    ),
    "nn.init.kaiming_normal_ mode": (
        lambda m: m.nn.init.kaiming_normal_(m.ones(2, 2), mode="x"),
        r"Mode x not supported, please use one of \['fan_in', 'fan_out'\]",
    ),
    "nn.init.kaiming_normal_ nonlinearity": (
        lambda m: m.nn.init.kaiming_normal_(m.ones(2, 2), nonlinearity="x"),
        "Unsupported nonlinearity x",
    ),
    "nn.init.orthogonal_ rank": (
        lambda m: m.nn.init.orthogonal_(m.ones(2)),
        "Only tensors with 2 or more dimensions are supported, got 1",
    ),
    "nn.init.sparse_ rank": (
        lambda m: m.nn.init.sparse_(m.ones(2), 0.5),
        "Only tensors with 2 dimensions are supported, got 1",
    ),
    "nn.init.xavier_uniform_ rank": (
        lambda m: m.nn.init.xavier_uniform_(m.ones(2)),
        "Fan in and fan out can not be computed for tensor with",
    ),
    "nn.init.xavier_normal_ rank": (
        lambda m: m.nn.init.xavier_normal_(m.ones(2)),
        "Fan in and fan out can not be computed for tensor with",
    ),
    "nn.init.normal_ std": (
        lambda m: m.nn.init.normal_(m.ones(2), std=-1.0),
        r"normal expects std >= 0\.0, but found std -1\.0",
    ),
    "nn.init.uniform_ bounds": (
        lambda m: m.nn.init.uniform_(m.ones(2), 1.0, 0.0),
        r"a \[from, to\) range, but found from=1\.0 > to=0\.0",
    ),
    "nn.init.constant_ word": (
        lambda m: m.nn.init.constant_(m.ones(2), "x"),
        r"fill_\(\): argument 'value' must be Number, not str",
    ),
    "autograd.functional.vjp vector": (
        lambda m: m.autograd.functional.vjp(lambda x: x * x, _leaf(m), m.ones(3)),
        r"expected \[\[2\]\], got \[\[3\]\]",
    ),
    "autograd.functional.vjp no vector": (
        lambda m: m.autograd.functional.vjp(lambda x: x * x, _leaf(m)),
        r"with a single element, got sizes \[\[2\]\]",
    ),
    "autograd.functional.jvp vector": (
        lambda m: m.autograd.functional.jvp(lambda x: x * x, _leaf(m), m.ones(3)),
        r"v must have the sizes of the input: expected \[\[2\]\], got \[\[3\]\]",
    ),
    "autograd.functional.jacobian of a number": (
        lambda m: m.autograd.functional.jacobian(lambda x: 1.0, _leaf(m)),
        "The outputs of the user-provided function given to",
    ),
    "autograd.functional.jacobian input": (
        lambda m: m.autograd.functional.jacobian(lambda x: x, 1.0),
        "The inputs given to jacobian must be either a Tensor or a",
    ),
    "autograd.functional.jacobian strategy": (
        lambda m: m.autograd.functional.jacobian(lambda x: x, _leaf(m), strategy="x"),
        "Expected strategy to be either",
    ),
    "autograd.functional.hessian of several": (
        lambda m: m.autograd.functional.hessian(lambda x: x * x, _leaf(m)),
        "The function given to hessian must return a single Tensor",
    ),
    "autograd.functional.hvp of several": (
        lambda m: m.autograd.functional.hvp(lambda x: x * x, _leaf(m), m.ones(2)),
        "The function given to hvp must return a single Tensor with",
    ),
    "utils.checkpoint.checkpoint_sequential keyword": (
        lambda m: _sequential(m, speed=1),
        "Unexpected keyword arguments: speed",
    ),
}
for _name, (_call, _words) in CALLS.items():
    bad(_name, _call, _words)
bad("autograd.grad of None", lambda m: m.autograd.grad(None, None), "expected inputs to be Tensors, got NoneType")
bad("autograd.grad by None", lambda m: m.autograd.grad(m.ones(1, requires_grad=True).sum(), None), "to be Tensors, got")
bad("autograd.backward of a number", lambda m: m.autograd.backward(3), "expected tensors to be Tensors, got int")
bad(
    "autograd.grad with a number for a gradient",
    lambda m: m.autograd.grad([m.ones(1, requires_grad=True).sum()], [m.ones(1, requires_grad=True)], [3]),
    "expected gradients to be Tensors, got int",
)
bad("func.jvp of None", lambda m: m.func.jvp(lambda x: x, None, None), "to be tuples, got NoneType and NoneType")
