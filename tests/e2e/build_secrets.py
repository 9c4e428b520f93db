"""Secrets of a build: from files and variables, for the step that mounts them, and nowhere
in the image."""

import json

from engines import Engine
from images import native_base
from scenario import Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

CONFIG = {"predict": "predict.cpp:Predictor", "build": {"run": [
    {"command": "tr a-z A-Z < /run/secrets/one > /etc/one", "mounts": [
        {"type": "secret", "id": "one", "target": "/run/secrets/one"}]},
    {"command": "cat /tmp/two /run/secrets/one | wc -c > /etc/both", "mounts": [
        {"type": "secret", "id": "two", "target": "/tmp/two"},
        {"type": "secret", "id": "one", "target": "/run/secrets/one"}]},
    "test ! -e /run/secrets/one || test ! -s /run/secrets/one",
]}}
IMAGE = "cogpp-e2e/secrets:1"
SECRETS = ("word-of-file", "word-of-variable")

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)
    s.write("cog.yaml", json.dumps(CONFIG))
    s.write("secrets/one.txt", SECRETS[0])
    s.write(".dockerignore", "secrets\n")
    s.environment["SECRET_TWO"] = SECRETS[1]
    both = ("--secret", "id=one,src=secrets/one.txt", "--secret", "type=env,id=two,env=SECRET_TWO")
    built = s.run("build", "-t", IMAGE, *both, "--progress", "plain")
    equal(built.status, 0, str(built))
    shown = engine.docker("run", "--rm", "--entrypoint", "cat", IMAGE, "/etc/one", "/etc/both")
    equal(shown, SECRETS[0].upper() + f"{sum(map(len, SECRETS))}\n")

    # Not in the log, the history, the labels, nor any layer.
    everything = engine.docker("history", "--no-trunc", IMAGE) + engine.docker("inspect", IMAGE) + built.out + built.err
    saved = engine.call("save", IMAGE).stdout
    for secret in SECRETS:
        check(secret not in everything, f"{secret} is told")
        check(secret.encode() not in saved, f"{secret} is in the image")
    check(not list(s.project.glob(".cog/**/*one*")), "a copy of a secret stayed")

    # Other ways to say the same.
    for way in ("id=one,source=secrets/one.txt", "type=file,id=one,src=secrets/one.txt",
                f"id=one,src={s.project}/secrets/one.txt"):
        s.ok("build", "-t", IMAGE, "--secret", way, "--secret", "id=two,env=SECRET_TWO")

    for secret, words in (
            ("one", "must be a key=value pair"), ("id=one,type=vault", "unsupported secret type"),
            ("id=one,path=x", "unexpected key 'path' in 'path=x'"),
            ("id=one,src=gone.txt", f"--secret id=one,src=gone.txt: open {s.project}/gone.txt: no such file"),
            ("id=one", f"--secret id=one: open {s.project}/one: no such file"), ("src=secrets/one.txt", "id=NAME is missing"),
            ("id=one,env=NOT_SET", "--secret id=one,env=NOT_SET: the environment variable NOT_SET is not set"),
            ("type=env,id=one,src=NOT_SET", "the environment variable NOT_SET is not set")):
        err = s.fails("build", "-t", IMAGE, "--secret", secret)
        contains(err, words)
        check("Building" not in err, err)
    # A step whose secret nobody gave fails by itself.
    contains(s.fails("build", "-t", "cogpp-e2e/secrets:2", "--no-cache", "--progress", "plain"), "/run/secrets/one")
    check(engine.call("image", "inspect", "cogpp-e2e/secrets:2").returncode != 0, "an image without its secret")
    engine.docker("rmi", "--force", IMAGE)
