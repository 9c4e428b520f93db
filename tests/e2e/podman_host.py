"""podman that is told by CONTAINER_HOST to speak to another one's socket, which nobody serves:
the error names the socket, before anything is built or asked for."""

import shutil
import sys

from scenario import Scenario, check, contains

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

if not shutil.which("podman"):
    print("podman is missing; run tools/bootstrap --all")
    sys.exit(77)

with Scenario(predictor=PREDICTOR) as s:
    host = f"unix://{s.root}/gone.sock"
    s.environment.update(CONTAINER_HOST=host, COGPP_ENGINE="podman")
    for words in (("build", "-t", "you/model"), ("predict", "you/model", "-i", "text=a"),
                  ("push", "localhost:1/you/model")):
        err = s.fails(*words)
        contains(err, f"podman does not answer at {host} ($CONTAINER_HOST): ")
        check("Building" not in err, err)
