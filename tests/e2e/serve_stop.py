"""Ctrl-C on a server with predictions running: what it waits for, and how it ends at once."""

import signal
import threading
import urllib.error

from scenario import Scenario, check, contains, equal, post, stop, wait_for

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

class Predictor {
 public:
  std::string predict(const std::string& name) {
    std::ofstream("running-" + name) << "x";
    while (!std::filesystem::exists("finish")) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return name;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("name"));
"""


class Request(threading.Thread):
    """A prediction that runs until the file `finish` is there, or until its server ends."""

    def __init__(self, s, url, name):
        super().__init__()
        self.url, self.name, self.outcome = url, name, None
        self.start()
        wait_for((s.project / f"running-{name}").exists, f"{name} runs")

    def run(self):
        try:
            self.outcome = post(self.url + "/predictions", {"input": {"name": self.name}})["status"]
        except (urllib.error.URLError, OSError):
            self.outcome = "no answer"


def waits_for(s, predictions):
    """After a signal."""
    text = f"Waiting for {predictions} to end; Ctrl-C now ends the server at once\n"
    wait_for(lambda: text in s.serve_log(), f"the server says {text!r}")


def interrupt(s, names):
    """A server with these predictions, which is told to end."""
    process, url = s.listen("-p", "0", "--concurrency", "2")
    requests = [Request(s, url, name) for name in names]
    process.send_signal(signal.SIGINT)
    return process, requests


with Scenario(predictor=PREDICTOR) as s:
    # It waits, and says for how many.
    process, requests = interrupt(s, ["a"])
    waits_for(s, "1 prediction")
    check(process.poll() is None, "the server ended with a prediction running")
    s.write("finish", "")
    equal(process.wait(30), 0, s.serve_log())
    requests[0].join()
    equal(requests[0].outcome, "succeeded")

    # Nothing runs: nothing to say.
    process, _ = interrupt(s, [])
    equal(process.wait(30), 0, s.serve_log())
    check("Waiting for" not in s.serve_log(), s.serve_log())

    # A second one ends it, for the predictions that run never end.
    (s.project / "finish").unlink()
    process, requests = interrupt(s, ["b", "c"])
    waits_for(s, "2 predictions")
    equal(stop(process), 0, s.serve_log())
    contains(s.serve_log(), "Second signal: ending without waiting")
    for request in requests:
        request.join()
        check(request.outcome != "succeeded", f"{request.name} ended with the server")
