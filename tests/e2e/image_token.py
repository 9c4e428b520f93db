"""A container whose server asks for a token: the command knows it by the flags or the image, and
says so where it does not. This machine's is the token of `serve` alone."""

import json
import urllib.error
import urllib.request

from engines import Engine, model_image
from scenario import Scenario, check, contains, equal, post, stop, wait_for

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <cstdlib>
#include <string>

std::string token() {
  const char* value = std::getenv("COGPP_AUTH_TOKEN");
  return value == nullptr ? "none" : value;
}

class Predictor {
 public:
  std::string predict(const std::string& text) { return text + " " + token(); }
};

std::string train(const std::string& data) { return data + " " + token(); }

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
COGPP_TRAINER(train, cogpp::input("data"));
"""

CONFIG = 'predict: "predict.cpp:Predictor"\ntrain: "predict.cpp:train"\n'
GIVEN = ("-e", "COGPP_AUTH_TOKEN=given")


def asks_for(url, token):
    """The server behind `url` wants this token."""
    try:
        post(url + "/predictions", {"input": {"text": "stranger"}})
        check(False, "the server answers without a token")
    except urllib.error.HTTPError as error:
        equal(error.code, 401, "status without a token")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    question = urllib.request.Request(url + "/health-check", headers=headers)
    wait_for(lambda: json.load(urllib.request.urlopen(question, timeout=60))["status"] == "READY", "set-up ends")
    question = urllib.request.Request(url + "/predictions", b'{"input": {"text": "a"}}', headers)
    equal(json.load(urllib.request.urlopen(question, timeout=60))["output"], f"a {token}")


with Engine() as engine, Scenario(CONFIG, PREDICTOR) as s:
    engine.use_in(s)
    plain = model_image(engine, s)
    asking = model_image(engine, s, name="cogpp-e2e-token:latest", environment=("COGPP_AUTH_TOKEN=image",))

    def predict(image, *flags):
        return s.ok("predict", image, "-i", "text=a", *flags)

    equal((predict(plain), predict(plain, *GIVEN), predict(asking), predict(asking, *GIVEN)),
          ("a none\n", "a given\n", "a image\n", "a given\n"))
    s.ok("train", plain, "-i", "data=d", *GIVEN)
    equal(s.read("weights"), "d given")

    # The token of this machine's environment is that of a server that others are to reach. An image
    # that is run once does not get to know it unasked.
    s.environment["COGPP_AUTH_TOKEN"] = "here"
    equal((predict(plain), predict(asking), predict(asking, *GIVEN)), ("a none\n", "a image\n", "a given\n"))
    s.ok("train", plain, "-i", "data=d")
    equal(s.read("weights"), "d none")
    equal((predict(plain, "-e", "COGPP_AUTH_TOKEN"), predict(asking, "-e", "COGPP_AUTH_TOKEN")), ("a here\n", "a here\n"))
    for words, token in (((plain,), "here"), ((asking,), "image"), ((asking, *GIVEN), "given")):
        process, url = s.listen(*words, "-p", "0")
        asks_for(url, token)
        equal(stop(process), 0, s.serve_log())

    # One that nobody told is named at once.
    del s.environment["COGPP_AUTH_TOKEN"]
    unknown = model_image(engine, s, name="cogpp-e2e-unknown:latest", flags=("--auth-token-file", "/etc/hostname"))
    for words in (("predict", unknown, "-i", "text=a"), ("train", unknown, "-i", "data=d"),
                  ("predict", unknown, "-i", "text=a", *GIVEN)):
        contains(s.fails(*words), "the server asks for another token (status 401): set COGPP_AUTH_TOKEN")
    equal(engine.containers(), [], "containers that were left behind")
