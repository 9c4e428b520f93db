"""The base of a Python project's image: Python's own, NVIDIA's, Cog's, or one by name."""

from dockerfiles import base, project
from scenario import Scenario, check, contains, equal

COG = "--use-cog-base-image"

# requirements, build, the tag of Cog's image
TAGS = [
    ([], {}, "python3.12"),
    ([], {"python_version": "3.13"}, "python3.13"),
    (["six"], {"gpu": True}, "cuda11.8-python3.12"),
    ([], {"gpu": True, "cuda": "12.4"}, "cuda12.4-python3.12"),
    (["torch==2.5.1"], {}, "python3.12-torch2.5.1"),
    (["torch==2.5.1"], {"gpu": True}, "cuda12.4-python3.12-torch2.5.1"),
    (["torch==2.5.1"], {"gpu": True, "cuda": "12.1"}, "cuda12.1-python3.12-torch2.5.1"),
    (["torch==2.4"], {"gpu": True}, "cuda12.4-python3.12-torch2.4.1"),  # the newest of them
    (["torch==9.9.9"], {}, "python3.12"),  # one that is not known has no part in it
    (["torch==9.9.9"], {"gpu": True, "cuda": "12.4"}, "cuda12.4-python3.12"),
]

with Scenario() as s:
    project(s)
    equal(base(s.ok("debug")), "python:3.12-slim")
    equal(base(s.ok("debug", "--base", "registry.example.com/slim:1")), "registry.example.com/slim:1")
    project(s, build={"python_version": "3.12.1"})
    equal(base(s.ok("debug")), "python:3.12.1-slim")

    # cog.yaml may name it, too: without a warning, and a flag wins.
    for build in ({}, {"gpu": True}):
        project(s, build={**build, "base_image": "registry.example.com/own:2"})
        finished = s.run("debug", "--strict")
        equal((finished.status, base(finished.out)), (0, "registry.example.com/own:2"), str(finished))
        check("base_image" not in finished.err, finished.err)
        equal(base(s.ok("debug", "--base", "other:3")), "other:3")
        contains(base(s.ok("debug", COG)), "r8.im/cog-base:")
    s.write("predict.cpp", "")
    s.write("cog.yaml", "build: {base_image: 'ubuntu:24.04'}\npredict: predict.cpp:Predictor\n")
    named = s.ok("debug")
    equal(named, s.ok("debug", "--base", "ubuntu:24.04"))
    check(base(named) != base(s.ok("debug", "--base", "ubuntu:22.04")), "the base of a C++ predictor")

    # With a GPU NVIDIA's, unless it is not wanted. Anything but "false" means that it is.
    project(s, build={"gpu": True})
    equal(base(s.ok("debug", "--use-cuda-base-image=false")), "python:3.12-slim")
    for value in ("auto", "true", "no"):
        contains(base(s.ok("debug", f"--use-cuda-base-image={value}")), "nvidia/cuda:")

    for requirements, build, tag in TAGS:
        project(s, requirements, build)
        equal(base(s.ok("debug", COG)), f"r8.im/cog-base:{tag}")
    project(s, build={"python_version": "3.12.1"})
    finished = s.run("debug", COG)
    equal(base(finished.out), "r8.im/cog-base:python3.12")
    contains(finished.err, "Stripping patch version from Python version 3.12.1 to 3.12")
    project(s, build={"gpu": True, "python_version": "3.10", "cuda": "11.2"})
    contains(s.fails("debug", COG),
             "unsupported base image configuration: CUDA: 11.2 / Python: 3.10 / Torch: (none)")

    # Another registry has the same images.
    project(s)
    equal(base(s.ok("debug", COG, "--registry", "one.example.com")), "one.example.com/cog-base:python3.12")
    contains(s.fails("debug", COG, "--registry", "http://one.example.com"),
             'invalid registry host "http://one.example.com" (--registry or COG_REGISTRY_HOST): must be a bare host')
    s.environment["COG_REGISTRY_HOST"] = "two.example.com"
    equal(base(s.ok("debug", COG)), "two.example.com/cog-base:python3.12")

    # What Cog's image has is not installed again.
    project(s, build={"system_packages": ["ffmpeg", "cowsay", "git"]})
    text = s.ok("debug", COG)
    contains(text, "cowsay")
    check("ffmpeg" not in text, text)
    project(s, build={"system_packages": ["ffmpeg"]})
    check("ffmpeg" not in s.ok("debug", COG) and "ffmpeg" in s.ok("debug"), "packages of the base")

    # One of them alone.
    for command in ("build", "debug"):
        contains(s.fails(command, COG, "--use-cuda-base-image=true"),
                 "The flags --use-cog-base-image and --use-cuda-base-image are mutually exclusive: you can only set one "
                 "of them.")
