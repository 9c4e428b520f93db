"""The life of a worker: load, greet, set up, serve, end (docs/worker-protocol.md)."""
from __future__ import annotations

import faulthandler
import os
import signal
import sys
from typing import Any, Dict, List, Optional

from cogpp_worker import __version__
from cogpp_worker.cog_package import LazyImports, UnsupportedCog, find_cog
from cogpp_worker.control import Control, die_with_server
from cogpp_worker.device import DeviceCheck, DeviceUnusable, choose_device
from cogpp_worker.errors import describe_exception
from cogpp_worker.frames import Channel
from cogpp_worker.loader import ASYNC, Loaded, kind_of, load, setup_arguments
from cogpp_worker.logs import Logs
from cogpp_worker.options import Options

PROTOCOL = 2


class SetupFailed(Exception):
    """The text is what clients see of it."""


def _print_traceback(error: BaseException) -> None:
    """Into set-up's log: the reason alone does not tell an author where."""
    import traceback

    traceback.print_exception(type(error), error, error.__traceback__)


def _enter_project(project: str) -> None:
    try:
        os.chdir(project)
    except OSError as error:
        raise SetupFailed(f"cannot enter the project folder {project}: {error.strerror}") from error
    sys.path.insert(0, os.getcwd())


def _load(options: Options, training: bool) -> Loaded:
    reference = options.train if training and options.train else options.predictor
    try:
        loaded = load(reference, training)
    except BaseException as error:
        _print_traceback(error)
        raise SetupFailed(f"failed to load predictor: {describe_exception(error)}") from error
    if options.slots > 1 and not loaded.is_async:
        raise SetupFailed("setup failed: COG_MAX_CONCURRENCY > 1 requires an async run() or"
                          " predict() method")
    return loaded


def _signature(reference: str, training: bool) -> Dict[str, Any]:
    """Raises SchemaError."""
    from cogpp_schema import describe, with_name

    reference = with_name(".", reference)
    if training:
        return describe(".", None, reference)["training"]
    return describe(".", reference)["signature"]


def _signatures(options: Options, loaded: Loaded) -> Dict[bool, Dict[str, Any]]:
    """Of predict (False) and train (True). Only one of them is loaded: where the other cannot
    be described, the model does without it, as in Cog. Raises SchemaError."""
    from cogpp_schema import SchemaError

    trains = options.mode == "train" and bool(options.train)
    # What cannot be trained takes what it predicts from, until a request is refused.
    found = {trains: _signature(loaded.reference, trains and loaded.function is not None)}
    other = options.predictor if trains else options.train
    if other:
        try:
            found[not trains] = _signature(other, not trains)
        except SchemaError as error:
            print(f"cogpp_worker: goes on without {other}: {error.clear}", file=sys.stderr)
    return found


def _file_signature(files: List[str]) -> Dict[str, Any]:
    """Of a predictor that cannot be described: what the server has to fetch, alone or in lists."""
    return {"inputs": [{"name": name, "type": {"kind": "path"}} for name in files],
            "output": {"kind": "object"}}


def _hello(options: Options, loaded: Loaded, sdk: str, control: Control) -> None:
    from cogpp_schema import SchemaError
    from cogpp_worker.inputs import Inputs

    members: Dict[str, Any] = {"protocol": PROTOCOL, "sdk_version": __version__,
                               "slots": options.slots,
                               "healthcheck": loaded.healthcheck() is not None,
                               "python": "{}.{}.{}".format(*sys.version_info)}
    try:
        signatures = _signatures(options, loaded)
    except SchemaError as error:
        members["undescribed"] = f"failed to load predictor: {error}"
        files = Inputs(loaded.function).files
        if files:
            members["signature"] = _file_signature(files)
        if options.mode == "train" and (options.train or loaded.function is not None):
            members["training"] = _file_signature(files)
    else:
        # Of a model that is only trained, both routes take what its training takes.
        members["signature"] = signatures.get(False) or signatures[True]
        if True in signatures:
            members["training"] = signatures[True]
    if sdk:
        members["python_sdk"] = sdk
    control.send("hello", **members)


def _set_up(loaded: Loaded, weights: Optional[str], loop: Any) -> None:
    setup = getattr(loaded.instance, "setup", None) if loaded.is_class else None
    if setup is None:
        return
    try:
        arguments = setup_arguments(loaded.instance, weights)
        if kind_of(setup) != ASYNC:
            setup(*arguments)
        elif loop is not None:
            loop.run_until_complete(setup(*arguments))
        else:
            import asyncio

            asyncio.run(setup(*arguments))
    except BaseException as error:
        _print_traceback(error)
        raise SetupFailed(f"setup failed: {describe_exception(error)}") from error


def _make_runner(options: Options, loaded: Loaded, training: bool, loop: Any) -> Any:
    channels = [Channel(options.first_slot_fd + slot) for slot in range(options.slots)]
    if not loaded.is_async:
        from cogpp_worker.sync_runner import SyncRunner

        return SyncRunner(loaded, channels[0], training)
    from cogpp_worker.async_runner import AsyncRunner

    return AsyncRunner(loaded, channels, training, loop)


def _new_loop(loaded: Loaded) -> Any:
    if not loaded.is_async:
        return None
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


def _choose_device(device: str) -> DeviceCheck:
    try:
        return choose_device(device)
    except DeviceUnusable as error:
        raise SetupFailed(str(error)) from error


def _await_device(device: DeviceCheck) -> None:
    try:
        device.finish()
    except DeviceUnusable as error:
        raise SetupFailed(str(error)) from error


def _prepare(options: Options, control: Control, logs: Logs) -> Any:
    """Everything until READY; the runner. Raises SetupFailed."""
    training = options.mode == "train"
    device = _choose_device(options.device)
    _enter_project(options.project)
    try:
        sdk = find_cog()
    except UnsupportedCog as error:
        raise SetupFailed(f"failed to load predictor: {error}") from error
    try:
        with LazyImports():
            loaded = _load(options, training)
    finally:
        # A model that misses its GPU may fail already here, with a reason less clear.
        _await_device(device)
    _hello(options, loaded, sdk, control)
    loop = _new_loop(loaded)
    _set_up(loaded, options.weights, loop)
    runner = _make_runner(options, loaded, training, loop)
    control.attach(runner, loaded.healthcheck())
    logs.end_setup()
    control.send("ready", device=options.device)
    flush = die_with_server()  # Slow to import what it needs, so after READY.
    if flush is not None and options.slots == 1:
        runner.flush_c = flush
    return runner


def serve(options: Options) -> int:
    """Serves until the server says shutdown; the exit status."""
    # The server decides when a worker ends; Ctrl-C reaches the whole terminal group.
    signal.signal(signal.SIGINT, lambda *_: None)
    faulthandler.enable()
    del sys.argv[1:]  # Ours; libraries of the model that parse it would stumble.
    import coglet

    coglet.server._active = True
    channel = Channel(options.control_fd)
    control = Control(channel)
    logs = Logs(channel)
    control.start()
    try:
        runner = _prepare(options, control, logs)
    except SetupFailed as error:
        logs.end_setup()
        control.send("setup_failed", error=str(error))
        control.wait_for_shutdown()
        return 1
    runner.run()
    return 0


__all__: List[str] = ["SetupFailed", "serve"]
