"""The short-time Fourier transform: a signal is cut into frames that overlap, and each is transformed; its inverse."""

from __future__ import annotations

import math
import warnings
from typing import Any

from mocrograd.ops._arguments import integer
from mocrograd.ops._parts import AsReal
from mocrograd.ops._transforms import fft, ifft, irfft, rfft
from mocrograd.ops.creation import arange, ones, zeros
from mocrograd.ops.gathering import index_add
from mocrograd.ops.padding import pad
from mocrograd.tensor import Tensor, method

_LEAST = 1e-11
"""The least sum of squared windows that a sample is divided by, as in torch."""


def _sizes(name: str, n_fft: Any, hop_length: Any, win_length: Any) -> tuple[int, int, int]:
    n = integer(name, "n_fft", n_fft)
    width = n if win_length is None else integer(name, "win_length", win_length)
    hop = n // 4 if hop_length is None else integer(name, "hop_length", hop_length)
    if n < 1:
        raise RuntimeError(f"{name}: expected n_fft > 0, but got n_fft={n}")
    if hop < 1:
        raise RuntimeError(f"{name}: expected hop_length > 0, but got hop_length={hop}")
    if not 0 < width <= n:
        raise RuntimeError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={width} and n_fft={n}")
    return n, hop, width


def _window(name: str, window: Tensor | None, width: int, n: int, like: Tensor) -> Tensor:
    """Return the window in the middle of n elements, with zeros around it."""
    if window is None:
        warnings.warn(
            f"{name}: A window was not provided. A rectangular window will be applied, which is known to cause "
            "spectral leakage; window=torch.ones(n_fft) says that it is meant.",
            stacklevel=4,
        )
        window = ones(width, dtype=like.dtype.to_real(), device=like.device)
    if not isinstance(window, Tensor):
        raise TypeError(f"{name}(): argument 'window' must be Tensor, not {type(window).__name__}")
    if window._shape != (width,):
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={width}, but got window with size "
            f"{list(window._shape)}"
        )
    before = (n - width) // 2
    return window if width == n else pad(window, (before, n - width - before))


@method
def stft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, pad_mode: str = "reflect", normalized: bool = False,
    onesided: bool | None = None, return_complex: bool | None = None, align_to_window: bool | None = None,
) -> Tensor:  # fmt: skip
    """Return the transforms of frames of a signal that overlap.

    Args:
        input: A signal (samples), or several, (batch, samples); real or complex.
        n_fft: The samples of a frame.
        hop_length: The samples from one frame to the next; n_fft // 4 by default.
        win_length: The samples of the window, which is in the middle of a frame; n_fft by default.
        window: What frames are multiplied with; ones by default.
        center: Whether frame t has its middle at sample t hop_length, where the signal is padded on both sides.
        pad_mode: How it is padded, as in `pad`.
        normalized: Whether transforms are divided by sqrt(n_fft).
        onesided: Whether the conjugate half is left out, as it is of real signals by default.
        return_complex: Whether the result is complex, which must be said of real signals; else its parts are pairs.
        align_to_window: Without `center`, whether the first window, not the first frame, begins at the first sample.

    Returns:
        (batch, frequencies, frames), with a dimension of 2 behind where `return_complex` is False.

    Raises:
        RuntimeError: Sizes do not fit, or `onesided` and `return_complex` not the dtypes.

    Example:
        >>> import mocrograd as mg
        >>> signal = mg.sin(mg.arange(32) * (2 * mg.pi * 4 / 16))  # four periods in each frame of 16
        >>> spectrum = mg.stft(signal, n_fft=16, window=mg.hann_window(16), return_complex=True)
        >>> spectrum.shape, spectrum.abs()[:, 2].argmax()
        (mocrograd.Size([9, 9]), tensor(4))
    """
    name = "stft"
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    complex_parts = input.dtype.is_complex or (isinstance(window, Tensor) and window.dtype.is_complex)
    if return_complex is None:
        if not complex_parts:
            raise RuntimeError("stft requires the return_complex parameter be given for real inputs")
        return_complex = True
    if onesided and complex_parts:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if align_to_window is not None and center:
        raise RuntimeError("stft: align_to_window should only be set when center = False")
    if not (input.dtype.is_floating_point or input.dtype.is_complex) or input.ndim not in (1, 2):
        raise RuntimeError(
            f"stft: expected a 1D or 2D tensor of floating or complex values, but got one of {input.dtype.name} and "
            f"size {list(input._shape)}"
        )
    n, hop, width = _sizes(name, n_fft, hop_length, win_length)
    window = _window(name, window, width, n, input)
    x = input if input.ndim == 2 else input.unsqueeze(0)
    if center:
        x = _centred(x, n, pad_mode)
    elif align_to_window:
        before = (n - width) // 2
        x = pad(x, (before, n - width - before))
    if x._shape[1] < n:
        raise RuntimeError(f"stft: expected 0 < n_fft <= {x._shape[1]}, but got n_fft={n}")
    frames = x.unfold(1, n, hop) * window
    norm = "ortho" if normalized else None
    half = not complex_parts if onesided is None else onesided
    y = (rfft if half else fft)(frames, norm=norm).transpose(1, 2)
    y = y if input.ndim == 2 else y.squeeze(0)
    if return_complex:
        return y
    parts: Tensor = AsReal.run(y)
    return parts


def _centred(x: Tensor, n: int, mode: str) -> Tensor:
    """Return signals with half a frame on both sides."""
    if not x.dtype.is_complex:
        return pad(x.unsqueeze(1), (n // 2, n // 2), mode).squeeze(1)
    from mocrograd.ops.complex import complex as of_parts

    return of_parts(_centred(x.real, n, mode), _centred(x.imag, n, mode))


@method
def istft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, normalized: bool = False, onesided: bool | None = None,
    length: int | None = None, return_complex: bool = False,
) -> Tensor:  # fmt: skip
    """Return the signal whose `stft` is nearest to the given one: frames are added up and divided by squared windows.

    Args:
        input: (frequencies, frames) or (batch, frequencies, frames), complex.
        n_fft: As in `stft`.
        hop_length: As in `stft`.
        win_length: As in `stft`.
        window: As in `stft`.
        center: As in `stft`.
        normalized: As in `stft`.
        onesided: As in `stft`; by default where there are n_fft // 2 + 1 frequencies.
        length: How many samples are wanted; by default all that frames tell.
        return_complex: Whether the signal is complex.

    Returns:
        (samples) or (batch, samples).

    Raises:
        RuntimeError: Sizes or dtypes do not fit, or windows leave a sample out.

    Example:
        >>> import mocrograd as mg
        >>> signal, window = mg.randn(64), mg.hann_window(16)
        >>> spectrum = mg.stft(signal, 16, window=window, return_complex=True)
        >>> mg.allclose(mg.istft(spectrum, 16, window=window, length=64), signal, atol=1e-5)
        True
    """
    name = "istft"
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    if not input.dtype.is_complex:
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if input.ndim not in (2, 3) or not input._size:
        raise RuntimeError(f"istft: expected 2 or 3 dimensions that are not empty, got size {list(input._shape)}")
    n, hop, width = _sizes(name, n_fft, hop_length, win_length)
    if hop > width:
        raise RuntimeError(f"istft: expected 0 < hop_length <= win_length, got {hop} and {width}")
    z = input if input.ndim == 3 else input.unsqueeze(0)
    half = z._shape[1] != n if onesided is None else onesided
    wanted = n // 2 + 1 if half else n
    if z._shape[1] != wanted:
        raise RuntimeError(
            f"istft: expected the frequency dimension of the input tensor to match {wanted} when onesided={half}, but "
            f"got {z._shape[1]}"
        )
    if return_complex and half:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    window = _window(name, window, width, n, z)
    if window.dtype.is_complex and not return_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    norm = "ortho" if normalized else None
    spectra = z.transpose(1, 2)
    frames = ifft(spectra, norm=norm) if return_complex else irfft(spectra[..., : n // 2 + 1], n, norm=norm)
    count = z._shape[2]
    total = n + hop * (count - 1)
    positions = (arange(count, device=z.device).unsqueeze(1) * hop + arange(n, device=z.device)).reshape(-1)
    y = _overlapped(frames * window, positions, total)
    envelope = _overlapped((window * window).expand(1, count, n), positions, total)
    first = n // 2 if center else 0
    stop = first + length if length is not None else total - (n // 2 if center else 0)
    y, envelope = y[:, first:stop], envelope[:, first:stop]
    least = envelope.abs().min().item() if envelope._size else math.inf
    if least <= _LEAST:
        raise RuntimeError(f"istft: window overlap add min: {least:g}, expected more than {_LEAST:g} at each sample")
    y = y / envelope
    if length is not None and y._shape[1] < length:
        warnings.warn(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail.",
            stacklevel=2,
        )
        y = pad(y, (0, length - y._shape[1]))
    return y if input.ndim == 3 else y.squeeze(0)


def _overlapped(frames: Tensor, positions: Tensor, total: int) -> Tensor:
    """Return the sums of frames at their positions."""
    flat = frames.reshape(frames._shape[0], -1)
    return index_add(zeros(flat._shape[0], total, dtype=flat.dtype, device=flat.device), 1, positions, flat)
