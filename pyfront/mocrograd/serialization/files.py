"""Files written as a whole: a path has the old content or the new one, whenever the process dies."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from mmap import ACCESS_COPY, mmap
from typing import IO, Any
from weakref import WeakKeyDictionary

_mapped: WeakKeyDictionary[mmap, tuple[int, int]] = WeakKeyDictionary()
"""The files that tensors lie in: device and number in the file system."""
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}
"""What file systems say that cannot be told to write to the disk now."""
_STEM = 200
"""Bytes of a file's name that its temporary name has: there are 255 at most."""


def map_into_memory(file: IO[bytes]) -> mmap:
    """Return an open file's bytes in memory; what is written there does not change the file."""
    made = mmap(file.fileno(), 0, access=ACCESS_COPY)
    found = os.fstat(file.fileno())
    _mapped[made] = found.st_dev, found.st_ino
    return made


@contextlib.contextmanager
def replacement(path: Any) -> Iterator[IO[bytes]]:
    """Open a file for writing that replaces the one at a path when the body ends.

    The file is written under another name in the same folder, forced to the disk and renamed. After an exception the
    old one is there as before. Mode, owner and group stay, and a link goes on leading where it did. What is no regular
    file, belongs to somebody else, or lies in a folder where no file may be made, is opened and written over as it is.

    Args:
        path: The file's path.

    Raises:
        OSError: The file cannot be written, as `open` raises it.
    """
    name = os.fsdecode(path)
    target = _replaceable(name)
    made = None if target is None else _make_beside(target, name)
    if target is None or made is None:
        with _open_in_place(name) as file:
            yield file
        return
    descriptor, temporary = made
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            _take_over(target, descriptor)
            _to_disk(descriptor)
            os.replace(temporary, target)  # under the lock, so that nobody takes it for left over
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child of a fork may hold the file open for longer
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    with contextlib.suppress(OSError):  # the new file is there, whatever becomes of the folder
        folder = os.open(os.path.dirname(target), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _replaceable(name: str) -> str | None:
    """Return the file that a path leads to, None if it can only be opened.

    Raises:
        OSError: The file may not be written.
    """
    try:
        found = os.stat(name)
    except FileNotFoundError:
        found = None
    if found is not None:
        if not stat.S_ISREG(found.st_mode) or os.geteuid() not in (0, found.st_uid):
            return None
        os.close(os.open(name, os.O_WRONLY))
    while True:
        folder, base = os.path.split(name)
        folder = os.path.realpath(folder)
        if not base or folder.startswith("/proc/"):  # a file that a process has open, such as /dev/stdout
            return None
        target = os.path.join(folder, base)
        if not os.path.islink(target):
            return target
        name = os.path.join(folder, os.readlink(target))


def _make_beside(target: str, name: str) -> tuple[int, str] | None:
    """Return the descriptor and the path of a new file in the same folder, None where no file may be made.

    The descriptor is locked, so that others can tell the file from one that a dead process left.
    """
    folder, base = os.path.split(target)
    stem = "." + os.fsdecode(os.fsencode(base)[:_STEM])
    _clean(folder, stem)
    while True:
        temporary = os.path.join(folder, f"{stem}.{secrets.token_hex(4)}.saving")
        try:
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            continue
        except PermissionError:
            return None
        except OSError as error:
            raise OSError(error.errno, error.strerror, name) from None
        with contextlib.suppress(OSError):  # where there are no locks nothing is cleaned
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor, temporary
        os.close(descriptor)  # somebody cleaned it before it was locked


def _clean(folder: str, stem: str) -> None:
    """Remove files that processes left which died while they wrote."""
    pattern = re.compile(re.escape(stem) + r"\.[0-9a-f]{8}\.saving")
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for left in [entry.path for entry in entries if pattern.fullmatch(entry.name)]:
            with contextlib.suppress(OSError):
                descriptor = os.open(left, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(left)
                finally:
                    os.close(descriptor)


def _take_over(target: str, descriptor: int) -> None:
    """Give a new file the mode, the owner and the group of the one that it replaces."""
    try:
        old = os.stat(target)
    except FileNotFoundError:
        return
    new = os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with contextlib.suppress(PermissionError):  # a group that the process is no member of
            os.fchown(descriptor, old.st_uid, old.st_gid)
    if stat.S_IMODE(old.st_mode) != stat.S_IMODE(new.st_mode):
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _to_disk(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def _open_in_place(name: str) -> IO[bytes]:
    """Open a file for writing over it.

    Raises:
        OSError: It cannot be opened, or tensors lie in it: writing there would take their memory away.
    """
    with contextlib.suppress(FileNotFoundError):
        found = os.stat(name)
        if (found.st_dev, found.st_ino) in _mapped.values():
            raise OSError(errno.ETXTBSY, "tensors of load(mmap=True) lie in this file, and it cannot be replaced", name)
    return open(name, "wb")
