"""Downloads: checked, continued where they broke off, and never half a file under its name."""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

_BLOCK = 1 << 18
_TIMEOUT = 30.0
_NETWORK = (http.client.HTTPException, TimeoutError, ConnectionError)
_KINDS = {32: "md5", 64: "sha256"}
"""Which checksum has how many hexadecimal digits."""


class Interrupted(OSError):
    """A download that broke off; what has come stays for the next try."""


def download(urls: Sequence[str], path: Path, checksum: str | None, progress: bool = True) -> None:
    """Download a file, unless it is there already.

    What comes is written to `path` with `.part` behind its name. It gets its name when it is complete and right. A part
    that an earlier try has left is continued.

    Args:
        urls: Where the file lies; the next one is tried where one does not answer.
        path: Where it goes.
        checksum: Its sha256 or md5 in hexadecimal digits; None checks nothing.
        progress: Whether to show on stderr how far it is.

    Raises:
        RuntimeError: No server gives the file, or what they give has another checksum.
        OSError: The file cannot be written.
    """
    if path.is_file() and (checksum is None or digest(path, checksum) == checksum):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    faults = []
    for url in urls:
        try:
            _from(url, path, checksum, progress)
            return
        except (*_NETWORK, Interrupted, urllib.error.URLError, ValueError) as fault:
            faults.append(f"{url}: {fault}")
    raise RuntimeError(f"{path.name} could not be downloaded: " + "; ".join(faults))


def digest(path: Path, checksum: str) -> str:
    """Return a file's checksum of the kind that another one is.

    Args:
        path: The file.
        checksum: A sha256 or md5 in hexadecimal digits.

    Raises:
        ValueError: It is neither.
    """
    if len(checksum) not in _KINDS:
        raise ValueError(f"expected a sha256 or an md5 in hexadecimal digits, got {checksum!r}")
    state = hashlib.new(_KINDS[len(checksum)], usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            state.update(block)
    return state.hexdigest()


def _from(url: str, path: Path, checksum: str | None, progress: bool) -> None:
    """Download from one server; once more from the start where a continued part turns out to be of another file."""
    part = path.with_name(path.name + ".part")
    continued = part.exists() and part.stat().st_size > 0
    _fetch(url, part, progress)
    found = checksum and digest(part, checksum)
    if continued and found != checksum:
        part.unlink()
        _fetch(url, part, progress)
        found = checksum and digest(part, checksum)
    if checksum is not None and found != checksum:
        part.unlink()
        raise ValueError(f"expected the {_KINDS[len(checksum)]} {checksum}, got {found}")
    os.replace(part, path)


def _fetch(url: str, part: Path, progress: bool) -> None:
    """Append to a part what is missing, and put it on the disk."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as fault:
        with fault:
            if not (have and fault.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE):
                raise
        return  # it is complete, or of another file, which its checksum says
    with answer:
        if have and not (answer.headers.get("Content-Range") or "").startswith(f"bytes {have}-"):
            have = 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length and length.isdecimal() else None
        try:
            with part.open("ab" if have else "wb") as file:
                _copy(answer, file, have, total, _Progress(part.stem, total) if progress else None)
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                part.unlink(missing_ok=True)
            raise


def _copy(answer: Any, file: Any, have: int, total: int | None, progress: _Progress | None) -> None:
    try:
        while True:
            try:
                block = answer.read1(_BLOCK)
            except _NETWORK as fault:
                raise Interrupted(f"interrupted after {have} of {total or 'unknown'} bytes ({fault!r})") from fault
            if not block:
                break
            file.write(block)
            have += len(block)
            if progress is not None:
                progress.show(have)
    finally:
        if progress is not None:
            progress.end(have)
    if total is not None and have < total:
        raise Interrupted(f"interrupted after {have} of {total} bytes")


class _Progress:
    """Shows how far a download is: one line that changes on a terminal, elsewhere the last one alone."""

    def __init__(self, name: str, total: int | None, stream: TextIO | None = None) -> None:
        self._name = name
        self._total = total
        self._stream = stream or sys.stderr
        self._start = self._shown = time.monotonic()

    def show(self, have: int) -> None:
        """Show a state, ten times a second at most."""
        now = time.monotonic()
        if self._stream.isatty() and now - self._shown >= 0.1:
            self._shown = now
            print("\r" + self._line(have), end="\x1b[K", file=self._stream, flush=True)

    def end(self, have: int) -> None:
        """Show the last state."""
        start = "\r" if self._stream.isatty() else ""
        print(start + self._line(have), end="\x1b[K\n" if start else "\n", file=self._stream, flush=True)

    def _line(self, have: int) -> str:
        rate = have / max(time.monotonic() - self._start, 1e-6)
        share = f" of {self._total / 1e6:.1f} MB, {100 * have // max(self._total, 1)} %" if self._total else " MB"
        return f"{self._name}: {have / 1e6:.1f}{share}, {rate / 1e6:.1f} MB/s"
