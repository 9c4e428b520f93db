"""What no image can be made of without an engine is told before anything is compiled, sent
or written."""

from registries import Registry, docker_config, free_port, write_layout
from scenario import CONFIG, Scenario, check, contains

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
BASE = ("--base", "oci:.cog/base")


def refused(s, place, message, *flags, base=BASE):
    err = s.fails("build", "--output", place, *base, *flags)
    contains(err, message)
    check("Building image" not in err, err)


with Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry") as registry:
    docker_config(s, {})
    write_layout(s.project / ".cog/base", [b"base"])
    target = f"{registry.name}/model"

    # Steps that run in the image, whichever command asks.
    for step, reason in {
        "run: [make]": "build.run has commands that run in its image",
        "pre_install: [make]": "build.pre_install has commands that run in its image",
        "system_packages: [jq]": "build.system_packages have to be installed in its image",
    }.items():
        s.write("cog.yaml", f"{CONFIG}build:\n  {step}\n")
        refused(s, "oci:image", "a build without an engine runs nothing, but " + reason)
        contains(s.fails("push", target, "--daemonless", *BASE), reason + ". Build it with docker")
    s.write("predict.py", "from cog import BasePredictor\nclass Predictor(BasePredictor):\n"
            "    def predict(self, text: str) -> str:\n        return text\n")
    s.write("requirements.txt", "numpy\n")
    for needs, reason in {
        "python_packages: [numpy]": "build.python_packages have to be installed",
        "python_requirements: requirements.txt": "build.python_requirements have to be installed",
        "gpu: false": "a Python project needs the package cog installed",
    }.items():
        s.write("cog.yaml", f'predict: "predict.py:Predictor"\nbuild:\n  python_version: "3.11"\n  {needs}\n')
        refused(s, "tar:image.tar", reason)
        contains(s.fails("push", target, "--daemonless", *BASE), reason)
    s.write("cog.yaml", CONFIG)

    # Flags that belong to an engine, or to the other way.
    for flag, value in {"--engine": "docker", "--dockerfile": "Dockerfile", "--secret": "id=a,env=HOME"}.items():
        refused(s, "oci:image", f"{flag} has no use where an image is made without an engine", flag, value, base=())
        contains(s.fails("push", target, "--daemonless", flag, value), f"{flag} has no use where")
    refused(s, "oci:image", "--slim has no use where an image is made without an engine", "--slim")
    refused(s, "oci:image", "--progress foo: must be auto, tty, plain or quiet", "--progress", "foo")
    refused(s, "image", 'must be oci:DIR, the directory of an image layout, or tar:FILE')
    contains(s.fails("build", "--torch", "x"), "--torch and --plain-http belong to --output")
    contains(s.fails("push", target, "--torch", "x"), "--torch needs --daemonless")
    contains(s.fails("push", target, "--daemonless", "--from", "oci:.cog/base"), "give one of them")

    # The base: not there, no image, for another processor, in a registry that has it not or is not.
    refused(s, "oci:image", "base image oci:nowhere: open nowhere: no such file", base=("--base", "oci:nowhere"))
    s.write("text.tar", "no archive")
    refused(s, "oci:image", "base image tar:text.tar: ", base=("--base", "tar:text.tar"))
    refused(s, "oci:image", f"base image {registry.name}/none: ", base=("--base", f"{registry.name}/none"))
    refused(s, "oci:image", "MANIFEST_UNKNOWN", base=("--base", f"{registry.name}/none"))
    nobody = f"localhost:{free_port()}/base"
    refused(s, "oci:image", f"base image {nobody}: could not connect to", base=("--base", nobody))
    write_layout(s.project / ".cog/other", [b"base"], architecture="s390x")
    refused(s, "oci:image", "it is for linux/s390x, but this machine compiles for", base=("--base", "oci:.cog/other"))
    contains(s.fails("push", target, "--daemonless", "--base", nobody), "could not connect")

    # A name that no engine would take, and the tag that settles it.
    place = s.project
    s.project = place.rename(place.with_name("模型"))
    refused(s, "tar:image.tar", f'the folder {s.project} makes "cog-", which is no name of an image: name it with -t')
    s.ok("build", "--output", "oci:.cog/named", "-t", "model:1", *BASE)
    s.project = s.project.rename(place)

    # The place: no folder to write to, another thing there.
    s.write("file", "x")
    for place, reason in {
        "tar:nowhere/image.tar": "open nowhere/image.tar: no such file or directory",
        "tar:.cog": "open .cog: is a directory",
        "oci:file": "open file: not a directory",
        "oci:file/image": "open file/image: not a directory",
        "oci:.": "no image layout and not empty",
    }.items():
        refused(s, place, reason)
    for place in ("oci:/proc/image", "tar:/proc/image.tar"):  # /proc takes no files, whoever asks
        contains(s.fails("build", "--output", place, *BASE), "/proc/image")

    # The predictor does not compile: no image is left behind.
    s.write("predict.cpp", PREDICTOR.replace("return text;", "return txt;"))
    contains(s.fails("build", "--output", "oci:image", *BASE), "could not compile predict.cpp")
    check(not (s.project / "image").exists(), "an image of nothing")
    s.write("predict.cpp", PREDICTOR)

    # All that was wrong is right now.
    s.ok("build", "--output", "oci:image", *BASE)
    s.ok("push", target, "--daemonless", *BASE)
