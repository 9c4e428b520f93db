"""What `coglet.__build__` tells about this build."""
from __future__ import annotations


class BuildInfo:
    """Frozen facts; the members that only a compiled build has are empty."""

    __slots__ = ("_version",)

    def __init__(self, version: str) -> None:
        object.__setattr__(self, "_version", version)

    version = property(lambda self: self._version)
    git_sha = property(lambda self: "")
    dirty = property(lambda self: False)
    build_time = property(lambda self: "")
    rustc_version = property(lambda self: "")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot set '{name}' of the build's facts")

    def __repr__(self) -> str:
        return f"BuildInfo(version='{self._version}', runtime='cogpp')"
