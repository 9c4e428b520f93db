"""`coglet.server`: how `python -m cog.server.http` starts a server.

`serve` replaces the process by cogpp-server, which starts `cogpp_worker` with this
interpreter. It is found by COGPP_SERVER, beside this package, or in PATH.
"""
from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from typing import Dict, List, Optional

# From <prefix>/lib/cogpp/python/coglet/_server.py to <prefix>.
_LEVELS_TO_PREFIX = 5
# What a build leaves in the image. As with Cog, inputs go unchecked where it is missing.
_SCHEMA_FILE = os.path.join(".cog", "openapi_schema.json")
_PACKAGES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def find_server() -> str:
    """The path of cogpp-server; RuntimeError with the remedy when there is none."""
    named = os.environ.get("COGPP_SERVER")
    if named:
        if os.access(named, os.X_OK):
            return named
        raise RuntimeError(f"COGPP_SERVER names '{named}', which is no program that can be run")
    prefix = os.path.abspath(__file__)
    for _ in range(_LEVELS_TO_PREFIX):
        prefix = os.path.dirname(prefix)
    beside = os.path.join(prefix, "bin", "cogpp-server")
    if os.access(beside, os.X_OK):
        return beside
    found = shutil.which("cogpp-server")
    if found is None:
        raise RuntimeError("cogpp-server was not found: set COGPP_SERVER to its path")
    return found


def _check_address(host: str, port: int) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise RuntimeError("invalid socket address syntax") from None
    if not 0 <= port <= 65535:
        raise OverflowError("out of range integral type conversion attempted")


def _worker_command(predictor_ref: str, is_train: bool) -> List[str]:
    predictor, train = predictor_ref, os.environ.get("COG_TRAIN_TYPE_STUB")
    if is_train:
        # Both routes run train(); the predictor still says what /predictions takes.
        predictor, train = os.environ.get("COG_PREDICT_TYPE_STUB", ""), predictor_ref
    command = [sys.executable, "-m", "cogpp_worker", "--project", os.getcwd()]
    if predictor:
        command += ["--predictor", predictor]
    if train:
        command += ["--train", train]
    return command


def server_command(predictor_ref: str, host: str, port: int, await_explicit_shutdown: bool,
                   is_train: bool, upload_url: Optional[str]) -> List[str]:
    """The whole command line of cogpp-server for these arguments of serve()."""
    _check_address(host, port)
    command = [find_server(), "--host", host, "--port", str(port), "--schema-file", _SCHEMA_FILE]
    if await_explicit_shutdown:
        command += ["--await-explicit-shutdown", "true"]
    if is_train:
        command += ["--x-mode", "train"]
    if upload_url:
        command += ["--upload-url", upload_url]
    return command + ["--"] + _worker_command(predictor_ref, is_train)


def _environment() -> Dict[str, str]:
    """This process's, with the packages of the worker first in PYTHONPATH."""
    former = os.environ.get("PYTHONPATH", "")
    folders = [folder for folder in former.split(os.pathsep) if folder and folder != _PACKAGES]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([_PACKAGES] + folders)}


class Server:
    """`coglet.server`."""

    __slots__ = ("_active",)

    def __init__(self) -> None:
        self._active = False

    @property
    def active(self) -> bool:
        """Whether this process is a worker of cogpp-server."""
        return self._active

    def serve(self, predictor_ref: Optional[str] = None, host: str = "0.0.0.0", port: int = 5000,
              await_explicit_shutdown: bool = False, is_train: bool = False,
              output_temp_dir_base: str = "/tmp/coglet/output",
              upload_url: Optional[str] = None) -> None:
        """Becomes cogpp-server; does not return. `output_temp_dir_base` is not used."""
        if not predictor_ref:
            raise RuntimeError("cogpp serves one predictor: give its reference, as"
                               " 'predict.py:Predictor'")
        command = server_command(predictor_ref, host, port, await_explicit_shutdown, is_train,
                                 upload_url)
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(command[0], command, _environment())

    def _run_worker(self) -> None:
        raise RuntimeError("cogpp-server starts its own worker: run python -m cog.server.http")

    def __repr__(self) -> str:
        return "coglet.server"


def serve(**_: object) -> None:
    """What the package cog 0.16 calls to start a server; the error names the release to use."""
    from cogpp_worker.cog_package import find_cog

    raise RuntimeError(f"coglet.serve() is that of cog 0.16, not of {find_cog() or 'no cog'}")
