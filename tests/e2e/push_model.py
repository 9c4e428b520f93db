"""Where a model goes: COG_MODEL*, `model` and `image` of cog.yaml."""

import re

from registries import Registry, docker_config, write_layout
from scenario import Scenario, check, contains, equal

BASE = "predict: predict.cpp:Predictor\n"
IMAGE = ("push", "--from", "oci:image")


def target(scenario, *arguments, **variables):
    """The name that a push says it goes to."""
    before = dict(scenario.environment)
    scenario.environment.update(variables)
    finished = scenario.run(*IMAGE, *arguments)
    scenario.environment = before
    check(finished.status == 0, str(finished))
    return re.search(r"Pushing to (\S+)\.\.\.", finished.err)[1]


def refusal(scenario, *arguments, **variables):
    before = dict(scenario.environment)
    scenario.environment.update(variables)
    text = scenario.fails(*IMAGE, *arguments)
    scenario.environment = before
    return text


with Scenario() as s, Registry(s.root / "registry") as registry, Registry(s.root / "second") as second:
    docker_config(s, {})
    s.write("predict.cpp", "")
    write_layout(s.project / "image", [b"layer"])
    r = registry.name

    # Without a model it is an image, and goes where the argument or cog.yaml says.
    s.write("cog.yaml", BASE + f"image: {r}/from/config\n")
    equal(target(s), f"{r}/from/config:latest")
    equal(target(s, f"{r}/from/argument:v2"), f"{r}/from/argument:v2")
    contains(refusal(s, COG_MODEL=f"{r}/a/b"),
             "'image' in cog.yaml cannot be combined with COG_MODEL* env vars\n"
             "  remove 'image' from cog.yaml (use 'model' instead), or\n"
             "  unset COG_MODEL, COG_MODEL_REGISTRY, COG_MODEL_REPO, COG_MODEL_TAG")

    # A model's tag is the time, unless it is given.
    s.write("cog.yaml", BASE + f"model: {r}/owner/model\n")
    check(re.fullmatch(rf"{re.escape(r)}/owner/model:\d{{8}}T\d{{6}}Z", target(s)), "a tag of the time")
    equal(target(s, COG_MODEL_TAG="v1"), f"{r}/owner/model:v1")
    equal(target(s, COG_MODEL_TAG="v1", COG_MODEL_REPO="an/other"), f"{r}/an/other:v1")
    equal(target(s, COG_MODEL_TAG="v1", COG_MODEL_REGISTRY=second.name), f"{second.name}/owner/model:v1")
    equal(target(s, COG_MODEL=f"{second.name}/all/of/it:v3", COG_MODEL_TAG="v1"), f"{second.name}/all/of/it:v3")
    check(re.fullmatch(r".*/all/of/it:\d{8}T\d{6}Z", target(s, COG_MODEL=f"{r}/all/of/it")), "a tag of the time")
    contains(refusal(s, f"{r}/x/y"), "positional image argument not supported with 'model' config\n"
             "  use COG_MODEL to override the full reference\n  use COG_MODEL_TAG to override just the tag")

    # Variables that cannot be meant.
    for name, value, text in (
            ("COG_MODEL_REGISTRY", "h/p", "must be a bare host (no path, tag, or digest)"),
            ("COG_MODEL_REPO", "a:b", "must be a bare repository path (no host, tag, or digest)"),
            ("COG_MODEL_TAG", "cog-x", '"cog-" is a reserved prefix — choose a different tag'),
            ("COG_MODEL_TAG", "-x", "must match OCI tag regex ^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$"),
            ("COG_MODEL", f"{r}/a/b:cog-y", '"cog-" is a reserved prefix'),
            ("COG_MODEL", "A/B", "invalid COG_MODEL value: ")):
        contains(refusal(s, **{name: value}), f"invalid {name} ")
        contains(refusal(s, **{name: value}), text)

    # Without a project the variables alone say it; without anything it cannot be known.
    (s.project / "cog.yaml").unlink()
    equal(target(s, f"{r}/no/project"), f"{r}/no/project:latest")
    contains(refusal(s), "cog.yaml not found in")
