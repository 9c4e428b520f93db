"""The bearer token: from a file, from the environment, and files that cannot be one."""
import os
import tempfile

from harness import Failure, expect
from workers import faulty

JSON = {"Content-Type": "application/json"}
BODY = '{"input":{"mode":"ok"}}'


def asks_for(server, token):
    """Everything but probes wants this token and no other."""
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
        with faulty(options, "--auth-token-file", file.name, "--probes", "--metrics",
                    env={"COGPP_AUTH_TOKEN": "from-the-environment"}) as server:
            asks_for(server, "from-a-file")


def token_variable(options):
    with faulty(options, "--probes", "--metrics", env={"COGPP_AUTH_TOKEN": "secret"}) as server:
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


def run(report, options):
    report.run("token of a file", token_file, options)
    report.run("token of the environment", token_variable, options)
    report.run("token that cannot be one", bad_token, options)
