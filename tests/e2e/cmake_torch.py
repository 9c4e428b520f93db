"""A project with a CMakeLists.txt of its own whose predictor uses <cogpp/torch.hpp>.
Usage: cmake_torch.py BIN MODELS TORCH, with the models of runtime/torch's tests and the
environment that has libtorch."""

import itertools
import json
import pathlib
import shutil
import sys

from scenario import CONFIG, Scenario, check, contains, equal
from torch_models import EXPECTED, MODELS

PREDICT = r"""
#include <cogpp/predictor.hpp>
#include <cogpp/torch.hpp>

#include <optional>
#include <vector>

class Predictor {
 public:
  void setup(const cogpp::Setup& setup) {
    model_.emplace(cogpp::load_model(setup.project() / "mixer.pt", {.device = setup.device()}));
  }
  std::vector<double> predict(const std::vector<double>& rows) {
    const at::Tensor x = cogpp::to_tensor(rows, {static_cast<std::int64_t>(rows.size()) / 4, 4});
    return cogpp::to_vector<double>(model_->run({x.to(at::kFloat), at::scalar_tensor(1.5)})[0]);
  }

 private:
  std::optional<cogpp::Model> model_;
};

COGPP_PREDICTOR(Predictor, cogpp::input("rows"));
"""

CMAKE = """
cmake_minimum_required(VERSION 3.25)
project(mine LANGUAGES CXX)
find_package(cogpp REQUIRED)
cogpp_add_predictor(mine TORCH predict.cpp)
"""

TORCH = pathlib.Path(sys.argv[3])

with Scenario(files={"cog.yaml": CONFIG, "predict.cpp": PREDICT, "CMakeLists.txt": CMAKE}) as s:
    # The cache has no libtorch, so that only --torch can have found it.
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
    shutil.copy(MODELS / "mixer.pt", s.project)
    rows = list(itertools.chain(*EXPECTED["x"]))
    predict = ("predict", "-i", f"rows={json.dumps(rows)}")
    err = s.fails(*predict)
    contains(err, "needs COGPP_TORCH_PACKAGE")
    contains(err, "--torch DIR")
    err = s.fails(*predict, "--torch", str(s.root / "nothing"))
    contains(err, f"libtorch was not found in {s.root / 'nothing'}")

    scores = json.loads(s.ok(*predict, "--torch", str(TORCH)))
    for ours, theirs in zip(scores, itertools.chain(*EXPECTED["scores"]), strict=True):
        check(abs(ours - theirs) < 1e-5, f"{scores} instead of {EXPECTED['scores']}")
    # Nothing is built again, and the answer is the same.
    made = sorted((s.root / "cache/cogpp/native").rglob("predictor.so"))
    check(made, "the predictor lies in the cache")
    equal(json.loads(s.ok(*predict, "--torch", str(TORCH))), scores)
    equal(sorted((s.root / "cache/cogpp/native").rglob("predictor.so")), made)
