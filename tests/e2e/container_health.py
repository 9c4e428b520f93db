"""What the container's health says while its set-up is awaited, and after."""

from engines import Engine, model_image
from scenario import Scenario, check, contains, equal

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

class Predictor {
 public:
  void setup() {
    std::cout << "a line of set-up" << std::endl;
    if (is("slow")) std::this_thread::sleep_for(std::chrono::seconds(3));
  }
  bool healthcheck() { return !is("sick"); }
  std::string predict(const std::string& text) {
    if (is("crash")) std::abort();
    if (is("exit")) std::_Exit(5);
    return text;
  }

 private:
  static bool is(const std::string& what) {
    const char* how = std::getenv("HOW");
    return how != nullptr && how == what;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    image = model_image(engine, s)
    words = ("predict", image, "-i", "text=a")

    finished = s.run(*words, "-e", "HOW=slow")
    equal(finished.out, "a\n", str(finished))
    equal(finished.err.count("a line of set-up\n"), 1, finished.err)
    contains(s.fails(*words, "-e", "HOW=slow", "--setup-timeout", "1"), "Timed out")
    # Set-up is done, so the model itself may answer.
    equal(s.ok(*words, "-e", "HOW=sick"), "a\n")

    # A worker that dies in a prediction fails it; the container is not left for it.
    for how in ("crash", "exit"):
        finished = s.run(*words, "-e", f"HOW={how}")
        equal((finished.status, finished.out), (1, ""), str(finished))
        contains(finished.err, 'Prediction failed with status "failed": Worker crashed')
        equal(engine.containers(), [], f"containers after {how}")
    finished = s.run("predict", image, "--json", '{"text": "a"}', "-e", "HOW=crash")
    equal(finished.status, 1)
    contains(finished.out, '"status": "failed"')
    equal(engine.containers(), [], "containers after a failed --json")

    # One that ends by itself before it is ready.
    ended = model_image(engine, s, name="cogpp-e2e-ended:latest", flags=("--no-such-flag",))
    err = s.fails("predict", ended, "-i", "text=a")
    contains(err, "Container exited unexpectedly")
    contains(err, "no-such-flag")  # its logs
    check("Running prediction" not in err, err)
    contains(s.fails("serve", ended, "-p", "0"), "no-such-flag")
    equal(engine.containers(), [], "containers that were left behind")
