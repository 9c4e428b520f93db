"""cogpp serve --x-mode train: the training runs, and cogpp predict does not take such a
server for one that predicts."""

import sys

from scenario import Scenario, check, contains, equal, get, post, stop

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return "said " + text; }
};

std::string train(std::int64_t n) { return "trained " + std::to_string(n); }

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
COGPP_TRAINER(train, cogpp::input("n").ge(1));
"""

TRAINS_ONLY = f"""\
build:
  python_version: "{sys.version_info.major}.{sys.version_info.minor}"
train: train.py:train
"""
TRAIN = "def train(n: int) -> str:\n    return 'trained %d' % n\n"


def check_trains(s, *flags):
    """Serves the project in training mode, and trains."""
    process, url = s.listen("-p", "0", "--x-mode", "train", *flags)
    equal(get(url + "/")["trainings_url"], "/trainings")
    equal(post(url + "/trainings", {"input": {"n": 3}})["output"], "trained 3")
    check(not (s.project / ".cog/serve.json").exists(), "predict would find a server that trains")
    return process


with Scenario(predictor=PREDICTOR) as s:
    contains(s.ok("serve", "--help"), "--x-mode")
    serve = check_trains(s, "--threads", "4")
    equal(s.ok("predict", "-i", "text=a"), "said a\n")
    equal(stop(serve), 0, s.serve_log())
    s.write("predict.cpp", PREDICTOR.split("COGPP_TRAINER")[0])
    contains(s.fails("serve", "-p", "0", "--x-mode", "train"), "has no training. Add one")

with Scenario(files={"cog.yaml": TRAINS_ONLY, "train.py": TRAIN}) as s:
    contains(s.fails("serve", "-p", "0"), "and not what predicts")
    equal(stop(check_trains(s)), 0, s.serve_log())
