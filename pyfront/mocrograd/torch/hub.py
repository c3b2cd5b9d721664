"""`torch.hub`: models of a folder with a `hubconf.py`, and files from addresses; repositories are not fetched."""

from __future__ import annotations

import builtins
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlparse

from mocrograd.datasets.download import download
from mocrograd.serialization import load as _load_file

HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
"""The first digits of a file's sha256, as its name ends with them."""
_chosen: builtins.list[str] = []


def _get_torch_home() -> str:
    cache = os.getenv("XDG_CACHE_HOME", "~/.cache")
    return os.path.expanduser(os.getenv("TORCH_HOME", os.path.join(cache, "torch")))


def get_dir() -> str:
    """Return the folder of downloads: what `set_dir` was given, or `hub` in $TORCH_HOME, by default ~/.cache/torch."""
    return _chosen[-1] if _chosen else os.path.join(_get_torch_home(), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Set the folder of downloads."""
    _chosen[:] = [os.path.expanduser(d)]


@contextmanager
def _on_path(folder: str) -> Iterator[None]:
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _hubconf(repo_or_dir: str, source: str) -> ModuleType:
    """Import the `hubconf.py` of a folder.

    Raises:
        ValueError: The source is unknown.
        NotImplementedError: It is a repository.
        FileNotFoundError: The folder has no such file.
    """
    if source not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    if source == "github":
        raise NotImplementedError(
            f"torch.hub does not fetch repositories: clone {repo_or_dir!r} and give its folder, with source='local'"
        )
    path = os.path.join(os.path.expanduser(repo_or_dir), "hubconf.py")
    spec = importlib.util.spec_from_file_location("hubconf", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with _on_path(os.path.dirname(path)):
        spec.loader.exec_module(module)
    return module


def _entry(module: ModuleType, model: str) -> Callable[..., Any]:
    missing = [name for name in getattr(module, "dependencies", ()) if importlib.util.find_spec(name) is None]
    if missing:
        raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")
    entry = getattr(module, model, None)
    if not callable(entry):
        raise RuntimeError(f"Cannot find callable {model} in hubconf")
    return entry


def load(repo_or_dir: str, model: str, *args: Any, source: str = "github", **kwargs: Any) -> Any:
    """Return what a function of a folder's `hubconf.py` returns.

    Args:
        repo_or_dir: The folder.
        model: The function's name.
        args: Its arguments.
        source: Must be "local".
        kwargs: Its keyword arguments. `trust_repo`, `force_reload`, `verbose` and `skip_validation` are accepted.

    Raises:
        RuntimeError: There is no such function, or a package that it needs is missing.
        NotImplementedError: The source is a repository.
    """
    for option in ("trust_repo", "force_reload", "verbose", "skip_validation"):
        kwargs.pop(option, None)
    with _on_path(os.path.expanduser(repo_or_dir)):
        return _entry(_hubconf(repo_or_dir, source), model)(*args, **kwargs)


def list(github: str, *args: Any, source: str = "github", **kwargs: Any) -> builtins.list[str]:
    """Return the names of the functions of a folder's `hubconf.py`; arguments are those of `load`."""
    found = vars(_hubconf(github, source))
    return [name for name, thing in found.items() if callable(thing) and not name.startswith("_")]


def help(github: str, model: str, *args: Any, source: str = "github", **kwargs: Any) -> str | None:
    """Return the docstring of a function of a folder's `hubconf.py`; arguments are those of `load`."""
    return _entry(_hubconf(github, source), model).__doc__


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Download a file.

    Args:
        url: Its address.
        dst: Where it goes.
        hash_prefix: The first digits of its sha256.
        progress: Whether to show on stderr how far it is.

    Raises:
        RuntimeError: It has another sha256, or the server does not give it.
    """
    path = Path(dst).expanduser()
    path.unlink(missing_ok=True)
    download([url], path, None, progress)
    if hash_prefix:
        _check(path, hash_prefix)


def _check(path: Path, prefix: str) -> None:
    import hashlib

    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if not found.startswith(prefix):
        path.unlink()
        raise RuntimeError(f'invalid hash value (expected "{prefix}", got "{found}")')


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> Any:
    """Download a file once, and load what `mocrograd.load` finds in it.

    Args:
        url: Its address.
        model_dir: Where it is kept; `checkpoints` in `get_dir()` by default.
        map_location: As of `mocrograd.load`.
        progress: Whether to show on stderr how far it is.
        check_hash: Whether its name ends with the first digits of its sha256, which are checked.
        file_name: Its name; by default that of the address.
        weights_only: As of `mocrograd.load`.
    """
    name = file_name or os.path.basename(urlparse(url).path)
    path = Path(model_dir or os.path.join(get_dir(), "checkpoints")) / name
    if not path.exists():
        prefix = HASH_REGEX.search(name) if check_hash else None
        download_url_to_file(url, str(path), prefix and prefix.group(1), progress)
    return _load_file(path, map_location, weights_only=weights_only)
