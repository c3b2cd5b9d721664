"""Regions in which operations run in the precision that suits them, by torch's lists: `autocast`."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import mode
from mocrograd.backend import recording
from mocrograd.tensor import Tensor

_HALVES = (dtypes.bfloat16, dtypes.float16)
DEFAULTS = {"cpu": dtypes.bfloat16, "cuda": dtypes.float16}
"""The dtypes of regions that name none."""


class _Thread(threading.local):
    """How deep a thread is in regions, and the casts that it keeps until it has left all of them."""

    def __init__(self) -> None:
        self.depth = 0
        self.caches = True
        self.cache: dict[Any, Any] = {}
        self.within: Any = None  # the recording that was in progress when the outermost region was entered


_thread = _Thread()


def _type_of(device_type: Any) -> str:
    """Return torch's name of a type of devices.

    Raises:
        ValueError: It is no text.
        RuntimeError: There is no autocast for such devices.
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    name = "cuda" if device_type == "gpu" else device_type
    if name not in DEFAULTS:
        raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
    return name


class autocast:
    """A region in which products run in a dtype of 16 bits, and what needs more range or precision in float32.

    It is a context and a decorator. Regions nest: the inner one holds, also one with `enabled=False`. The backward pass
    belongs outside: gradients of an operation have the dtype that its operands were cast to, those of parameters the
    parameters' own.

    Args:
        device_type: "cpu" or "cuda" ("gpu" is the same): the operations of tensors on such devices.
        dtype: bfloat16 or float16; by default bfloat16 on the CPU and float16 on GPUs.
        enabled: Whether anything is cast.
        cache_enabled: Whether the cast of a parameter is kept until the outermost region is left.

    Raises:
        ValueError: `device_type` is no text.
        RuntimeError: There is no autocast for such devices.

    Warns:
        UserWarning: There is no GPU, or the dtype is another one; the region casts nothing.

    Example:
        >>> import mocrograd as mg
        >>> with mg.autocast("cpu"):
        ...     (mg.ones(2, 2) @ mg.ones(2, 2)).dtype
        mocrograd.bfloat16
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        self.device = _type_of(device_type)
        self.fast_dtype = DEFAULTS[self.device] if dtype is None else dtype
        if enabled and self.device == "cuda" and not backend.device_count():
            warnings.warn("User provided device_type of 'cuda', but CUDA is not available. Disabling", stacklevel=2)
            enabled = False
        if enabled and self.fast_dtype not in _HALVES:
            kind = "CPU" if self.device == "cpu" else "CUDA"
            warnings.warn(
                f"In {kind} autocast, but the target dtype is not supported. Disabling autocast.\n{kind} Autocast only "
                "supports dtype of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = bool(enabled)
        self._caches = cache_enabled
        self._before: list[tuple[Any, bool]] = []

    def __enter__(self) -> autocast:
        self._before.append((mode.autocast, _thread.caches))
        if not _thread.depth:
            _thread.within = recording.active
        _thread.depth += 1
        _thread.caches = _thread.caches if self._caches is None else self._caches
        switch(self.device, self.fast_dtype if self._enabled else None)
        return self

    def __exit__(self, *exception: object) -> None:
        mode.autocast, _thread.caches = self._before.pop()
        _thread.depth -= 1
        if not _thread.depth:
            clear_autocast_cache()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that runs in such a region."""

        @functools.wraps(function)
        def wrapper(*args: Any, **options: Any) -> Any:
            with self:
                return function(*args, **options)

        return wrapper


def switch(device: str, dtype: dtypes.dtype | None) -> None:
    """Cast to a dtype on devices of a type from here on, in this thread; to none."""
    kinds = dict(mode.autocast.kinds) if mode.autocast is not None else {}
    kinds.pop(device, None)
    if dtype is not None:
        kinds[device] = dtype
    if not kinds:
        mode.autocast = None
        return
    from mocrograd.amp._regions import Region, install

    install(device)
    mode.autocast = Region(kinds, _thread.caches, _thread.cache, _thread.within)


def is_autocast_available(device_type: str) -> bool:
    """Return whether there is an autocast for devices of a type.

    Example:
        >>> import mocrograd as mg
        >>> mg.amp.is_autocast_available("cpu"), mg.amp.is_autocast_available("tpu")
        (True, False)
    """
    return device_type in ("cpu", "gpu", "cuda")


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Return whether this thread is in a region for devices of a type."""
    return mode.autocast is not None and _type_of(device_type) in mode.autocast.kinds


def set_autocast_enabled(*args: Any) -> None:
    """Start or end a region by hand.

    Args:
        args: A type of devices, "cuda" without it, and whether to cast.
    """
    device = _type_of("cuda" if len(args) < 2 else args[0])
    switch(device, get_autocast_dtype(device) if args[-1] else None)


def get_autocast_dtype(device_type: str) -> dtypes.dtype:
    """Return the dtype of this thread's region for devices of a type, or the one of regions that name none."""
    device = _type_of(device_type)
    region = mode.autocast
    found: dtypes.dtype = DEFAULTS[device] if region is None else region.kinds.get(device, DEFAULTS[device])
    return found


def set_autocast_dtype(device_type: str, dtype: dtypes.dtype) -> None:
    """Set the dtype of regions that name none."""
    device = _type_of(device_type)
    DEFAULTS[device] = dtype
    if is_autocast_enabled(device):
        switch(device, dtype)


def is_autocast_cache_enabled() -> bool:
    """Return whether casts of parameters are kept until the outermost region is left."""
    return _thread.caches


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Choose whether casts of parameters are kept in regions that are entered from here on."""
    _thread.caches = enabled


def clear_autocast_cache() -> None:
    """Forget the casts of parameters that are kept."""
    _thread.cache.clear()


def autocast_increment_nesting() -> int:
    """Count one region more, and return how many there are."""
    _thread.depth += 1
    return _thread.depth


def autocast_decrement_nesting() -> int:
    """Count one region less, and return how many there are."""
    _thread.depth -= 1
    return _thread.depth


def _cast(value: Any, device: str, dtype: dtypes.dtype) -> Any:
    if isinstance(value, Tensor):
        own = "cpu" if value.device.type == "cpu" else "cuda"
        cast = value.is_floating_point() and own == device and value.dtype is not dtypes.float64
        return value.to(dtype) if cast else value
    if isinstance(value, dict):
        return {_cast(k, device, dtype): _cast(v, device, dtype) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_cast(v, device, dtype) for v in value])
    return value


def custom_fwd(fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: Any = None) -> Any:
    """Decorate the forward of a `Function` so that its backward runs in the same region.

    Args:
        fwd: The forward; without it a decorator is returned.
        device_type: The type of the devices.
        cast_inputs: The dtype that floating operands are cast to within a region, where forward then runs outside.

    Example:
        >>> import mocrograd as mg
        >>> class Double(mg.autograd.Function):
        ...     @staticmethod
        ...     @mg.amp.custom_fwd(device_type="cpu", cast_inputs=mg.float32)
        ...     def forward(ctx, x):
        ...         return x * 2
        ...     @staticmethod
        ...     @mg.amp.custom_bwd(device_type="cpu")
        ...     def backward(ctx, grad):
        ...         return grad * 2
        >>> with mg.autocast("cpu"):
        ...     print(Double.apply(mg.ones(2, dtype=mg.bfloat16)).dtype)  # float32, though the region is of bfloat16
        mocrograd.float32
    """
    device = _type_of(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(ctx: Any, *args: Any, **options: Any) -> Any:
        within = is_autocast_enabled(device)
        ctx._dtype = get_autocast_dtype(device)
        ctx._fwd_used_autocast = within and cast_inputs is None
        if cast_inputs is None or not within:
            return fwd(ctx, *args, **options)
        with autocast(device, enabled=False):
            return fwd(ctx, *_cast(args, device, cast_inputs), **_cast(options, device, cast_inputs))

    return decorated


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Decorate the backward of a `Function` so that it runs in the region of its forward, which `custom_fwd` decorates.

    Args:
        bwd: The backward; without it a decorator is returned.
        device_type: The type of the devices.

    Example:
        >>> import mocrograd as mg
        >>> class Double(mg.autograd.Function):
        ...     @staticmethod
        ...     @mg.amp.custom_fwd(device_type="cpu")
        ...     def forward(ctx, x):
        ...         return x * 2
        ...     @staticmethod
        ...     @mg.amp.custom_bwd(device_type="cpu")
        ...     def backward(ctx, grad):
        ...         return grad * 2
        >>> x = mg.ones(2, requires_grad=True)
        >>> with mg.autocast("cpu"):
        ...     y = Double.apply(x)
        >>> y.sum().backward()
        >>> x.grad
        tensor([2., 2.])
    """
    device = _type_of(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(ctx: Any, *args: Any) -> Any:
        with autocast(device, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(ctx, *args)

    return decorated
