"""The official `cog` package that the model imports: which version it is, and how to
import it without what only its own downloads need.
"""
from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import sys
from typing import Any, Optional, Tuple

#: The release that this worker was made for, and the first one whose package leaves the
#: server to `coglet`, which is what the stand-in beside this package replaces.
BEST = "0.22.0"
OLDEST = (0, 17)
NEWEST = (0, 23)

_NUMBERS = re.compile(r"^(\d+)\.(\d+)")
_ASSIGNED = re.compile(r"^(?:__version__|version)\b[^'\"\n]*['\"]([^'\"]+)['\"]", re.MULTILINE)


class UnsupportedCog(Exception):
    """A version that cannot be run; the text names the one to use."""


def _folder() -> Optional[str]:
    spec = importlib.util.find_spec("cog")
    return os.path.dirname(spec.origin) if spec is not None and spec.origin else None


def _version_in(folder: str) -> str:
    """Read from its files: importing an unsuitable version may fail on the way."""
    try:
        with open(os.path.join(folder, "_version.py"), encoding="utf-8") as file:
            match = _ASSIGNED.search(file.read())
            if match:
                return match.group(1)
    except OSError:
        pass
    from importlib import metadata  # Slow to import.

    try:
        return metadata.version("cog")
    except metadata.PackageNotFoundError:
        return ""


def _numbers(version: str) -> Optional[Tuple[int, int]]:
    match = _NUMBERS.match(version)
    return (int(match.group(1)), int(match.group(2))) if match else None


def check_version(version: str) -> None:
    """Raises UnsupportedCog for a version outside of OLDEST to NEWEST."""
    numbers = _numbers(version)
    if numbers is None or OLDEST <= numbers <= NEWEST:
        return  # A build of its own; what it lacks will show.
    raise UnsupportedCog(
        f"this project's Python has cog {version}, which cogpp cannot run;"
        f" install cog=={BEST}: pip install --no-deps cog=={BEST}"
    )


def find_cog() -> str:
    """The version of the installed package, or "" without one, and checks it."""
    folder = _folder()
    if folder is None:
        return ""
    version = _version_in(folder)
    check_version(version)
    return version


class LazyImports:
    """While it is entered, modules that `cog` imports for its own downloads and hardly
    uses here are imported only when something is asked of them: cogpp-server downloads,
    and they cost more than the rest of the start.
    """

    _NAMES = frozenset(("requests", "urllib.request"))

    def __enter__(self) -> None:
        sys.meta_path.insert(0, self)  # type: ignore[arg-type]

    def __exit__(self, *_: object) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)  # type: ignore[arg-type]

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Called by the interpreter for every import."""
        if name not in self._NAMES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec
