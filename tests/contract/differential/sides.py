"""The servers that are compared: Cog's own, and cogpp-server with a Python or a C++ predictor."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from replayer.fixture import Fixture
from replayer.server import MODEL_SOURCES, STOP_TIMEOUT_S, Programs, Server, ask_health, references
from replayer.wire import WireError

HERE = Path(__file__).resolve().parent
SCHEMAS = HERE.parent / "recordings" / "openapi"
START_TIMEOUT_S = 30.0


def project(model, folder):
    """The model's project as Cog's image has it: the sources and the schema made at build time,
    by Cog for the recorded models, by cogpp for the others."""
    shutil.copytree(MODEL_SOURCES / model, folder, dirs_exist_ok=True)
    (folder / ".cog").mkdir(exist_ok=True)
    recorded = SCHEMAS / f"{model}.json"
    schema = recorded if recorded.exists() else MODEL_SOURCES / model / "openapi_schema.json"
    shutil.copyfile(schema, folder / ".cog" / "openapi_schema.json")


def version_of(python):
    """What an interpreter calls its version."""
    program = "import platform; print(platform.python_version())"
    return subprocess.check_output([python, "-c", program], text=True).strip()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class CogServer:
    """`python -m cog.server.http` on a model; the same face as replayer.server.Server."""

    def __init__(self, venv, model, env, args):
        self.folder = tempfile.TemporaryDirectory(prefix="cogpp-differential-")
        root = Path(self.folder.name)
        project(model, root)
        self.port = free_port()
        said = references(model)
        variables = {k: v for k, v in os.environ.items() if not k.startswith("COG")}
        variables |= {"PATH": f"{venv}/bin:{variables['PATH']}", "PORT": str(self.port)}
        variables |= {"COG_PREDICT_TYPE_STUB": said["predict"], "PYTHONDONTWRITEBYTECODE": "1"}
        if "train" in said:
            variables["COG_TRAIN_TYPE_STUB"] = said["train"]
        variables |= env
        self.log_path = root / "server.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [f"{venv}/bin/python", "-m", "cog.server.http", "--host", "127.0.0.1", *args],
                cwd=root, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def health(self):
        return ask_health(self.port)

    def wait_status(self, status, timeout):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.health() == status:
                    return True
            except (OSError, WireError):
                pass
            time.sleep(0.01)
        return False

    def wait_listening(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.health()
                return True
            except (OSError, WireError):
                time.sleep(0.01)
        return False

    def wait_exit(self, timeout=STOP_TIMEOUT_S):
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def close(self):
        """Ends it with its worker, which would outlive it."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.folder.cleanup()


class CogSide:
    name = "cog"

    def __init__(self, venv, python_version):
        """`python_version`: that of the interpreter that runs the predictors of both sides."""
        self.venv, self.python_version = venv, python_version
        self.fixture = Fixture()

    def has(self, _):
        return True

    def start(self, group):
        server = CogServer(self.venv, group.model, dict(group.env), self.arguments(group))
        server.wait_listening()
        return server

    def arguments(self, group):
        return [one.replace("{fixture}", self.fixture.url) for one in group.args]

    def close(self):
        self.fixture.close()


class CogppSide(CogSide):
    """cogpp-server; `programs` says with which kind of predictor."""

    def __init__(self, programs, python_version):
        super().__init__(None, python_version)
        self.programs = programs
        self.name = programs.kind

    def has(self, model):
        return self.programs.has(model)

    def start(self, group):
        env, args = dict(group.env), self.arguments(group)
        return Server(self.programs, group.model, env, args)


def sides(venv, bin_folder, models_folder, kinds):
    """Cog's side first, then those to compare with it."""
    python = f"{venv}/bin/python"
    version = version_of(python)
    made = [CogSide(venv, version)]
    if "python" in kinds:
        made.append(CogppSide(Programs(bin_folder, models_folder, python), version))
    if "cpp" in kinds:
        made.append(CogppSide(Programs(bin_folder, models_folder), version))
    return made
