"""The flags of cogpp serve that the server or the predictor's setup gets, each seen at work (but --devices: that
needs GPUs)."""

import concurrent.futures
import json
import signal
import time
import urllib.error
import urllib.request

from scenario import Scenario, check, contains, equal, get, post, stop, wait_for
from servers import Handler, LoopbackServer, answer

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

class Predictor {
 public:
  void setup(const cogpp::Setup& setup) { weights_ = setup.weights().value_or("none"); }

  std::string predict(const std::string& text, double seconds, bool deaf, std::int64_t size,
                      const std::optional<cogpp::Path>& file) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < end && (deaf || !cogpp::current().cancelled())) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (text == "log") cogpp::log(std::string(static_cast<std::size_t>(size), 'l'));
    if (text == "output") return std::string(static_cast<std::size_t>(size), 'o');
    return text == "weights" ? weights_ : text;
  }

 private:
  std::string weights_;
};

struct Trainer {
  void setup(const cogpp::Setup& setup) { weights = setup.weights().value_or("none"); }
  std::string train(std::int64_t) { return "trained from " + weights; }
  std::string weights;
};

COGPP_PREDICTOR(Predictor, cogpp::input("text").default_to(""), cogpp::input("seconds").default_to(0.0),
                cogpp::input("deaf").default_to(false), cogpp::input("size").default_to(0), cogpp::input("file"));
COGPP_TRAINER(Trainer, cogpp::input("n").default_to(1));
"""


def refused(url, body):
    """Status, headers and body of a prediction that is not made."""
    try:
        return post(url + "/predictions", body) and None
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def predict(url, **inputs):
    return post(url + "/predictions", {"input": inputs})


def text_of(url):
    with urllib.request.urlopen(url, timeout=60) as given:
        return given.read().decode()


class OneFile(Handler):
    def do_GET(self):
        answer(self, 200, "x" * 5000)


def put(url, name, **inputs):
    """The prediction of that name, once it has ended."""
    body = json.dumps({"input": inputs}).encode()
    request = urllib.request.Request(f"{url}/predictions/{name}", body, {"Content-Type": "application/json"},
                                     method="PUT")
    with urllib.request.urlopen(request, timeout=120) as given:
        return json.load(given)


def check_workers(s):
    """Replicas and the queue before them."""
    process, url = s.listen("-p", "0", "--weights", "w.bin", "--replicas", "2", "--queue", "1", "--probes", "--metrics")
    equal(predict(url, text="weights")["output"], "w.bin")
    equal(get(url + "/livez"), {"status": "alive"})
    with concurrent.futures.ThreadPoolExecutor(3) as three:
        both = [three.submit(put, url, name, seconds=100) for name in "ab"]
        wait_for(lambda: 'cogpp_slots{state="busy"} 2' in text_of(url + "/metrics"), "each replica has one")
        third = three.submit(predict, url, text="waited")
        wait_for(lambda: "cogpp_queued_predictions 1" in text_of(url + "/metrics"), "the third one waits")
        status, headers, _ = refused(url, {"input": {}})
        equal(status, 429, "with two running and one waiting")
        check(headers["Retry-After"], "no Retry-After")
        for name in "ab":
            post(f"{url}/predictions/{name}/cancel", {})
        equal([each.result()["status"] for each in both], ["canceled", "canceled"])
        equal(third.result()["output"], "waited")
    equal(stop(process), 0, s.serve_log())


def check_times(s):
    """How long a prediction may run, and its worker be deaf."""
    process, url = s.listen("-p", "0", "--predict-timeout", "1.5", "--cancel-grace", "1")
    contains(predict(url, seconds=60)["error"], "Prediction timed out: it ran longer than 1.5 s")
    began = time.monotonic()
    equal(predict(url, seconds=60, deaf=True)["status"], "failed")
    check(time.monotonic() - began < 40, "the worker was not killed after --cancel-grace")
    equal(stop(process), 0, s.serve_log())


def check_limits(s):
    """What is too large, where files may come from, what is kept."""
    process, url = s.listen("-p", "0", "--max-body", "20000", "--max-logs", "1000", "--max-output", "2000",
                            "--max-input-file", "4000", "--keep-finished", "2", "--log-format", "console")
    equal(refused(url, {"input": {"text": "x" * 30000}})[0], 413)
    check(len(predict(url, text="log", size=5000)["logs"]) < 2000, "--max-logs did not hold")
    contains(predict(url, text="output", size=5000)["error"], "raise it with --max-output")
    with LoopbackServer(OneFile) as files:
        place = f"http://127.0.0.1:{files.server.server_port}/x"
        contains(predict(url, text="file", file=place)["error"], "raise it with --max-input-file")
    kept = [predict(url, text=str(n))["id"] for n in range(3)]
    equal([one["id"] for one in get(url + "/predictions")["results"]], kept[:0:-1], "what --keep-finished keeps")
    equal(stop(process), 0, s.serve_log())
    check(not any(line.startswith("{") for line in s.serve_log().splitlines()), "the log is JSON")

    process, url = s.listen("-p", "0", "--forbid-private-urls", "--log-format", "json", "--keep-seconds", "2",
                            "--keep-bytes", "10000")
    predict(url, text="output", size=20000)
    small = predict(url, text="small")["id"]
    equal([one["id"] for one in get(url + "/predictions")["results"]], [small], "what --keep-bytes keeps")
    wait_for(lambda: not get(url + "/predictions")["results"], "--keep-seconds are over", 20)
    with LoopbackServer(OneFile) as files:
        failed = predict(url, text="file", file=f"http://127.0.0.1:{files.server.server_port}/x")
    equal(failed["status"], "failed", str(failed))
    contains(failed["error"], "127.0.0.1")
    equal(stop(process), 0, s.serve_log())
    check(any(json.loads(line) for line in s.serve_log().splitlines() if line.startswith("{")), s.serve_log())


def check_end(s):
    """Which signals end it, and how long what runs may take then."""
    process, url = s.listen("-p", "0", "--await-explicit-shutdown", "true", "--drain-timeout", "0.5")
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    equal(predict(url, text="still here")["output"], "still here")
    with concurrent.futures.ThreadPoolExecutor(1) as one:
        one.submit(refused, url, {"input": {"seconds": 60, "deaf": True}})
        wait_for(lambda: get(url + "/health-check")["status"] == "BUSY", "the prediction runs")
        began = time.monotonic()
        urllib.request.urlopen(urllib.request.Request(url + "/shutdown", b"", method="POST"), timeout=60)
        equal(process.wait(30), 0, s.serve_log())
        check(time.monotonic() - began < 15, "--drain-timeout did not hold")


with Scenario(predictor=PREDICTOR) as s:
    s.write("w.bin", "weights")
    s.write("cog.yaml", "predict: predict.cpp:Predictor\ntrain: predict.cpp:Trainer\n")
    equal(s.ok("predict", "--weights", "w.bin", "-i", "text=weights"), "w.bin\n")
    equal(s.ok("predict", "-i", "text=weights"), "none\n")
    s.ok("train", "--weights", "w.bin", "-i", "n=1", "-o", "trained")
    equal(s.read("trained"), "trained from w.bin")
    check_workers(s)
    check_times(s)
    check_limits(s)
    check_end(s)
