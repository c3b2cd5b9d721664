"""Loss scaling, which keeps gradients of float16 from becoming 0: `GradScaler`."""

from __future__ import annotations

import enum
import math
import warnings
from typing import Any

from mocrograd import backend, dtypes, ops
from mocrograd.autograd import no_grad
from mocrograd.tensor import Tensor


class OptState(enum.Enum):
    """What has been done with an optimizer's gradients since the last `update`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


class GradScaler:
    """Multiplies losses by a factor, and divides gradients by it before an optimizer's step.

    A step whose gradients hold inf or nan is left out, and the factor becomes smaller; after a number of good steps it
    grows. Finding such values reads them on the host, so a step that scales runs eagerly under `mg.compile`.

    Args:
        device: "cpu" or "cuda" ("gpu" is the same).
        init_scale: The factor at first.
        growth_factor: What the factor is multiplied by after `growth_interval` good steps in a row, above 1.
        backoff_factor: What it is multiplied by after a step that was left out, below 1.
        growth_interval: The number of good steps.
        enabled: Whether anything is scaled; without it losses and steps are handed through.

    Raises:
        ValueError: A factor is out of its range.

    Example:
        >>> import mocrograd as mg
        >>> scaler = mg.amp.GradScaler("cpu", init_scale=8.0)
        >>> scaler.scale(mg.tensor(3.0))
        tensor(24.)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        if enabled and device in ("cuda", "gpu") and not backend.device_count():
            warnings.warn(
                "GradScaler is enabled, but CUDA is not available.  Disabling; for the CPU use GradScaler('cpu').",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled
        if enabled and not growth_factor > 1.0:
            raise ValueError("The growth factor must be > 1.0.")
        if enabled and not 0 < backoff_factor < 1.0:
            raise ValueError("The backoff factor must be < 1.0.")
        self._init_scale = init_scale
        self._scale: float | None = None
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        self._growth_tracker = 0
        self._stages: dict[int, tuple[OptState, bool]] = {}
        """What was done with an optimizer's gradients, and whether they held inf or nan, by the optimizer's number."""

    def scale(self, outputs: Any) -> Any:
        """Return losses times the factor: a tensor, or lists and tuples of them."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            self._scale = self._scale or self._init_scale
            factor = ops.full((), self._scale, dtype=dtypes.float32, device=outputs.device)
            return outputs * factor
        if isinstance(outputs, (list, tuple)):
            scaled = [self.scale(x) for x in outputs]
            return type(outputs)(*scaled) if hasattr(outputs, "_fields") else type(outputs)(scaled)
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the factor, in place; for clipping before `step`.

        Raises:
            RuntimeError: It was called before since the last `update`, or after `step`.
            ValueError: A gradient is of float16: parameters are to be of float32.
        """
        if not self._enabled:
            return
        stage, _ = self._stages.get(id(optimizer), (OptState.READY, False))
        if stage is OptState.UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if stage is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        if self._scale is None:
            raise RuntimeError("Attempted unscale_ but _scale is None.  This may indicate your script did not use "
                               "scaler.scale(loss or outputs) earlier in the iteration.")  # fmt: skip
        grads = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if any(grad.dtype is dtypes.float16 for grad in grads):
            raise ValueError("Attempting to unscale FP16 gradients.")
        found = False
        with no_grad():
            for grad in grads:
                found |= not bool(grad.isfinite().all().item())
                grad.mul_(1.0 / self._scale)
        self._stages[id(optimizer)] = OptState.UNSCALED, found if grads else None  # type: ignore[assignment]

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Run an optimizer's step if no gradient holds inf or nan, and return what it returns; else None.

        Args:
            optimizer: The optimizer, whose gradients are divided by the factor first unless `unscale_` has done it.
            args: The arguments of its step.
            kwargs: Its arguments by name.

        Raises:
            RuntimeError: A closure is given, it was called before since the last `update`, or there is no gradient.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        if self._stages.get(id(optimizer), (OptState.READY, False))[0] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if self._stages.get(id(optimizer), (OptState.READY, False))[0] is OptState.READY:
            self.unscale_(optimizer)
        found = self._stages[id(optimizer)][1]
        if found is None:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        result = None if found else optimizer.step(*args, **kwargs)
        self._stages[id(optimizer)] = OptState.STEPPED, found
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Make the factor smaller where a step was left out, larger after `growth_interval` good ones.

        Args:
            new_scale: The factor from here on, instead.

        Raises:
            AssertionError: No gradients were looked at since the last `update`.
        """
        if not self._enabled:
            return
        if self._scale is None:
            raise RuntimeError("Attempted update but _scale is None.  This may indicate your script did not use "
                               "scaler.scale(loss or outputs) earlier in the iteration.")  # fmt: skip
        if new_scale is not None:
            self._scale = float(new_scale)
        else:
            if not self._stages:
                raise AssertionError("No inf checks were recorded prior to update.")
            if any(found for _, found in self._stages.values()):
                self._scale *= self._backoff_factor
                self._growth_tracker = 0
            else:
                self._growth_tracker += 1
                if self._growth_tracker == self._growth_interval:
                    grown = self._scale * self._growth_factor
                    self._scale = grown if grown <= _MOST else self._scale
                    self._growth_tracker = 0
        self._stages.clear()

    def is_enabled(self) -> bool:
        """Return whether losses are scaled."""
        return self._enabled

    def get_scale(self) -> float:
        """Return the factor; 1 where nothing is scaled."""
        return (self._init_scale if self._scale is None else self._scale) if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """Return what the factor is multiplied by when it grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set what the factor is multiplied by when it grows."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """Return what the factor is multiplied by when a step is left out."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the factor is multiplied by when a step is left out."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """Return after how many good steps the factor grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set after how many good steps the factor grows."""
        self._growth_interval = new_interval

    def state_dict(self) -> dict[str, Any]:
        """Return the factor, how it changes, and how many good steps there were in a row; nothing if not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned.

        Raises:
            RuntimeError: It is empty, as that of a scaler that is not enabled.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._scale = self._init_scale = state_dict["scale"]
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]


_MOST = math.ldexp(2 - 2.0**-23, 127)
"""The largest factor, that of float32."""
