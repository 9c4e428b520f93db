"""The bearer token: from a file, from the environment, and files that cannot be one; the health
check that images have, with a token and without."""
import json
import os
import pathlib
import subprocess
import tempfile

from harness import Failure, expect
from workers import faulty

JSON = {"Content-Type": "application/json"}
BODY = '{"input":{"mode":"ok"}}'


def asks_for(server, token):
    """Everything but probes wants this token and no other; they are there without a flag."""
    server.event("setup")
    wanted = {**JSON, "Authorization": f"Bearer {token}"}
    for headers in (JSON, {**JSON, "Authorization": "Bearer wrong"},
                    {**JSON, "Authorization": f"Basic {token}"},
                    {**JSON, "Authorization": f"Bearer {token}x"}):
        for method, path in (("POST", "/predictions"), ("PUT", "/predictions/a"),
                             ("GET", "/health-check"), ("GET", "/metrics"), ("POST", "/shutdown"),
                             ("GET", "/nowhere")):
            status, body = server.request(method, path, BODY, headers)
            expect(status == 401 and b"Authorization: Bearer TOKEN" in body,
                   f"{method} {path}: {status} {body}")
    for path in ("/livez", "/readyz"):
        expect(server.request("GET", path)[0] == 200, path)
    status, body = server.request("POST", "/predictions", BODY, wanted)
    expect(status == 200 and b'"succeeded"' in body, f"{status} {body}")
    for path in ("/health-check", "/metrics"):
        expect(server.request("GET", path, headers=wanted)[0] == 200, path)


def token_file(options):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("from-a-file\n")
        file.flush()
        # The file is what counts, whatever the environment has.
        with faulty(options, "--auth-token-file", file.name, "--metrics",
                    env={"COGPP_AUTH_TOKEN": "from-the-environment"}) as server:
            asks_for(server, "from-a-file")


def token_variable(options):
    with faulty(options, "--metrics", env={"COGPP_AUTH_TOKEN": "secret"}) as server:
        asks_for(server, "secret")


def bad_token(options):
    """A server that was to ask for a token does not start without one."""
    with tempfile.TemporaryDirectory() as folder:
        missing, empty, spaced = (os.path.join(folder, name) for name in ("none", "empty", "spaced"))
        for path, text in ((empty, "\n"), (spaced, "two words\n")):
            with open(path, "w") as file:
                file.write(text)
        for flags, env, words in (
                (("--auth-token-file", missing), {}, (missing, "cannot be read", "No such file")),
                (("--auth-token-file", folder), {}, (folder,)),
                (("--auth-token-file", empty), {}, (empty, "is empty")),
                (("--auth-token-file", spaced), {}, (spaced, "no header can carry")),
                ((), {"COGPP_AUTH_TOKEN": "two words"}, ("COGPP_AUTH_TOKEN", "no header can carry"))):
            try:
                with faulty(options, *flags, env=env):
                    pass
            except Failure as failure:
                for word in words:
                    expect(word in str(failure), f"{word!r} is not in {failure}")
            else:
                raise Failure(f"it started with {flags} {env}")


def check_of_images():
    """The command of Dockerfile.gpu's HEALTHCHECK; that of images without an engine is the same."""
    recipe = (pathlib.Path(__file__).parents[3] / "Dockerfile.gpu").read_text()
    line = next(line for line in recipe.splitlines() if line.startswith("HEALTHCHECK"))
    return json.loads(line[line.index("["):])


def healthy(server, **environment):
    """What the engine finds that runs the check with the variables of the server's container."""
    checked = subprocess.run(check_of_images(), env={"PATH": os.environ["PATH"], "PORT": str(server.port), **environment},
                             capture_output=True, timeout=30)
    expect(checked.returncode in (0, 1), f"{checked}")
    return checked.returncode == 0


def health_check(options):
    """An image's health check knows a token of the environment, and does without that of a file."""
    token = {"COGPP_AUTH_TOKEN": "se%cret"}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "token"
        file.write_text("from-a-file\n")
        for flags, env in (((), {}), (("--probes",), {}), ((), token), (("--auth-token-file", file), {}),
                           (("--auth-token-file", file), token)):
            with faulty(options, *flags, env=env) as server:
                server.event("setup")
                expect(healthy(server, **env), f"ill with {flags} {env}")
            expect(not healthy(server, **env), "nobody listens")
            counter = {"FAULT_SETUP": "throw", "FAULT_COUNTER": os.path.join(folder, "starts")}
            with faulty(options, *flags, model="setup", env={**env, **counter}) as server:
                server.event("setup")
                expect(not healthy(server, **env), f"healthy after a failed set-up with {flags} {env}")


def ill_model(options):
    """Where the token is known, or none is asked for, what the model says of its health counts."""
    for flags, env in ((("--probes",), {}), ((), {"COGPP_AUTH_TOKEN": "secret"})):
        with faulty(options, *flags, model="healthcheck", env=env) as server:
            server.event("setup")
            expect(healthy(server, **env), f"ill with {flags} {env}")
            headers = {**JSON, "Authorization": "Bearer secret"}
            status, body = server.request("POST", "/predictions", '{"input":{"mode":"hang"}}', headers)
            expect(status == 200, f"{status} {body}")
            expect(not healthy(server, **env), f"healthy with {flags} {env}")


def run(report, options):
    report.run("token of a file", token_file, options)
    report.run("token of the environment", token_variable, options)
    report.run("token that cannot be one", bad_token, options)
    report.run("health check of images", health_check, options)
    report.run("health check of images, an ill model", ill_model, options)
