"""A project without code: `predict` names a TorchScript or AOTInductor file, `tensors`
describes it. Usage: model_file.py BIN MODELS TORCH, with the models of runtime/torch's tests
and the environment that has libtorch."""

import json
import pathlib
import shutil
import subprocess
import sys

from dockerfiles import base
from scenario import Scenario, check, contains, equal, matches, stop
from torch_models import CONFIG, EXPECTED, MODELS, check_scores

for model in ("mixer.pt", "mixer.pt2"):
    with Scenario(files={"cog.yaml": CONFIG.format(model=model)}) as s:
        shutil.copy(MODELS / model, s.project / model)
        values = f"values={json.dumps(EXPECTED['x'])}"
        check_scores(json.loads(s.ok("predict", "-i", values)))
        contains(s.fails("predict", "-i", "values=[[1, 2]]"), "values")
        contains(s.fails("predict", "-i", "wrong=1"), 'unknown input "wrong"')

        server = s.serve()
        check_scores(json.loads(s.ok("predict", "-i", values)))
        equal(stop(server), 0, "exit status of serve")

with Scenario(files={"cog.yaml": CONFIG.format(model="missing.pt")}) as s:
    contains(s.fails("predict", "-i", "values=[[1, 2, 3, 4]]"), "missing.pt")

with Scenario(files={"cog.yaml": CONFIG.format(model="weights.pt")}) as s:
    # A state_dict is no program: the error says so before anything is predicted.
    shutil.copy(MODELS / "weights.pt", s.project / "weights.pt")
    contains(s.fails("predict", "-i", "values=[[1, 2, 3, 4]]"), "weights.pt")

with Scenario(files={"cog.yaml": CONFIG.format(model="mixer.pt").replace(", shape: [-1, 4]", "")}) as s:
    # The doctor finds in the section what predict refuses.
    s.environment["COG_SKIP_DOCKER_CHECK"] = "1"
    shutil.copy(MODELS / "mixer.pt", s.project / "mixer.pt")
    problem = "tensors.inputs.values.shape is missing"
    contains(s.fails("predict", "-i", "values=[[1, 2, 3, 4]]"), problem)
    doctor = ("doctor", "--torch", sys.argv[3])
    err = s.fails(*doctor)
    contains(err, f"Tensors\n  cog.yaml: {problem}\n  Remediation: Correct the tensors section of cog.yaml")
    contains(err, "Found 1 error.")
    s.write("cog.yaml", CONFIG.format(model="mixer.pt"))
    contains(s.run(*doctor).err, "no issues found")

# With a GPU the image begins with CUDA's libraries; with --slim some of them are stand-ins.
with Scenario(files={"cog.yaml": "build: {gpu: true}\n" + CONFIG.format(model="mixer.pt")}) as s:
    shutil.copy(MODELS / "mixer.pt", s.project / "mixer.pt")
    for flags, device in (((), "cuda"), (("--slim",), "cuda-slim")):
        text = s.ok("debug", *flags)
        matches(base(text), rf"^cogpp-base:[\d.]+-{device}-[0-9a-f]{{12}}$")
        matches(text, rf"(?m)^FROM cogpp-base:[\d.]+-{device}-compiler-[0-9a-f]{{12}} AS compile$")


with Scenario() as s:
    # The example of the documentation.
    text = (pathlib.Path(__file__).resolve().parents[2] / "docs/model-files.md").read_text()
    for name, language in (("export.py", "python"), ("cog.yaml", "yaml")):
        s.write(name, text.split(f"```{language}\n")[1].split("```")[0])
    python = pathlib.Path(sys.argv[3]) / "bin/python"
    subprocess.run([python, "export.py"], cwd=s.project, env=s.environment, check=True)
    for name, value in (("bright", 255), ("dark", 0)):
        s.write("photo.ppm", b"P6 4 2 255\n" + bytes([value] * 24))
        [best] = json.loads(s.ok("predict", "-i", "image=@photo.ppm"))
        equal(best["label"], name)
        check(best["score"] > 0.99, str(best))
    contains(s.ok("schema"), "How sure to be")


def install_elsewhere(s, package):
    """The programs as on another machine: their libraries do not know where libtorch lies here."""
    prefix = s.root / "prefix"
    shutil.copytree(s.bin, prefix / "bin")
    shutil.copytree(s.bin.parent / "lib/cogpp/cpu", prefix / "lib/cogpp/cpu")
    here = str(package / "lib").encode()
    library = (s.bin.parent / "lib/cogpp/libcogpp_model.so").read_bytes()
    check(here in library, f"the library's rpath is {package}/lib")
    (prefix / "lib/cogpp/libcogpp_model.so").write_bytes(library.replace(here, b"/moved".ljust(len(here), b"x")))
    # Those that the programs bundle, in an installed prefix.
    if (bundled := s.bin.parent / "lib/cogpp/deps").exists():
        shutil.copytree(bundled, prefix / "lib/cogpp/deps", symlinks=True)
    s.bin = prefix / "bin"


for model in ("mixer.pt", "mixer.pt2"):
    with Scenario(files={"cog.yaml": CONFIG.format(model=model)}) as s:
        s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
        shutil.copy(MODELS / model, s.project / model)
        torch = pathlib.Path(sys.argv[3])
        [package] = torch.glob("lib/python*/site-packages/torch")
        install_elsewhere(s, package)
        predict = ("predict", "-i", f"values={json.dumps(EXPECTED['x'])}")
        contains(s.fails(*predict), "libtorch_cpu.so")
        for place in (torch, package.parent, package):
            check_scores(json.loads(s.ok(*predict, "--torch", str(place))))
        server = s.serve("--torch", str(torch))
        check_scores(json.loads(s.ok(*predict, "--torch", str(torch))))
        environments = [pathlib.Path(f"/proc/{pid}/environ").read_text() for pid in s.processes()]
        check(any(f"LD_LIBRARY_PATH={package}/lib" in words.split("\0") for words in environments), "the worker's path")
        equal(stop(server), 0, "exit status of serve")
        contains(s.fails(*predict, "--torch", str(s.root)), f"libtorch was not found in {s.root}")
