"""A C++ project's sources in a container (--docker): compiled by the image, with the project
at /src; predictions, trainings, a server and commands; no container is left behind."""

import json
import os
import signal

from engines import Engine
from images import native_base, started
from scenario import Scenario, check, contains, equal, get, post, stop, wait_for

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

std::string word_in(const std::string& file) {
  std::ifstream stream(file);
  std::string word;
  stream >> word;
  return word;
}

class Predictor {
 public:
  void setup() { std::cout << "reached setup" << std::endl; }
  std::string predict(const std::string& text, std::int64_t times) {
    if (text == "fail") throw std::runtime_error("told to");
    std::cout << "reached predict" << std::endl;
    while (text == "wait") std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::string out;
    for (std::int64_t i = 0; i < times; ++i) out += text;
    const char* extra = std::getenv("EXTRA");
    return out + " " + word_in("data/word.txt") + " " + word_in("/etc/made") + " " + std::to_string(::getuid()) +
           (extra ? std::string(" ") + extra : "");
  }
};

std::string train(const std::string& data) { return "trained on " + data; }

COGPP_PREDICTOR(Predictor, cogpp::input("text"), cogpp::input("times").default_to(1).ge(1));
COGPP_TRAINER(train, cogpp::input("data"));
"""

CONFIG = 'build: {run: ["echo built > /etc/made"]}\nimage: you/model\npredict: "predict.cpp:Predictor"\n'


def check_predictions(s, engine):
    uid = os.getuid()
    first = s.run("predict", "--docker", "-i", "text=ab", "-i", "times=2", "-e", "EXTRA=more")
    equal([first.status, first.out], [0, f"abab one built {uid} more\n"], str(first))
    contains(first.err, "Building Docker image from environment in cog.yaml...")
    contains(first.err, "Starting Docker image and running setup()...")
    contains(first.err, "Running prediction...")
    contains(first.err, "reached setup")

    # The project itself is in the container, and what is built is not the image's own name.
    s.write("data/word.txt", "two")
    contains(s.ok("predict", "--docker", "-i", "text=a"), "a two built")
    names = engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}")
    contains(names, "cog-project:source\n")
    check("\nyou/model" not in "\n" + names, names)
    answer = json.loads(s.ok("predict", "--docker", "--json", '{"text": "j"}'))
    equal(answer["output"], f"j two built {uid}")

    # A server that asks for a token: the command has it from the same flag.
    contains(s.ok("predict", "--docker", "-i", "text=a", "-e", "COGPP_AUTH_TOKEN=given"), "a two built")

    # Mistakes: of inputs before the container, of the model, of flags at once.
    contains(s.fails("predict", "--docker", "-i", "nope=1"), 'unknown input "nope"; valid inputs are: text, times')
    contains(s.fails("predict", "--docker", "-i", "text=a", "-i", "times=0"), "number must be at least 1")
    contains(s.fails("predict", "--docker", "-i", "text=fail"), "told to")
    contains(s.fails("predict", "--docker", "-i", "text=a", "-e", "=x"), "invalid environment variable '=x'")
    contains(s.fails("predict", "--docker", "-i", "text=a", "-o", "/no/such/folder/x"), "Output directory does not exist")
    contains(s.fails("predict", "--docker", "--device", "cpu"), "--device is for this machine")
    contains(s.fails("predict", "--docker", "--own-server"), "--own-server is for this machine")
    contains(s.fails("predict", "--docker", "an/image"), "--docker is for a project's sources")
    contains(s.fails("predict", "--docker", "--secret", "id=a,env=NOT_SET"),
             "--secret id=a,env=NOT_SET: the environment variable NOT_SET is not set")
    contains(s.fails("predict", "--base", "x"), "--base is for --docker")
    contains(s.fails("predict", "--docker", "--gpus", "some"), 'invalid GPU specification: "some"')
    equal(engine.containers(), [], "containers that were left behind")


def check_training(s):
    finished = s.run("train", "--docker", "-i", "data=d")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "Running training...")
    equal(s.read("weights"), "trained on d")


def check_server(s, engine):
    process, url = s.listen("--docker", "-p", "0", "-e", "EXTRA=served")
    text = s.serve_log()
    contains(text, "Running /opt/cogpp/bin/cogpp-server -- ")
    contains(text, " in Docker with the current directory mounted as a volume...")
    contains(post(url + "/predictions", {"input": {"text": "s"}})["output"], " served")
    equal(get(url + "/openapi.json")["info"]["title"], "Cog")
    equal(stop(process, signal.SIGINT), 0, s.serve_log())
    equal(engine.containers(), [], "containers that were left behind")


def check_ends(s, engine):
    words = ("predict", "--docker", "-i", "text=wait")
    equal(stop(started(s, "reached predict", *words), signal.SIGINT), 1)
    contains((s.root / "log").read_text(), "Interrupted")
    equal(engine.containers(), [], "containers after Ctrl-C")
    killed = started(s, "reached predict", *words)
    killed.kill()
    killed.wait()
    s.ok("exec", "--docker", "true")  # removes what the killed one left, if that is still there
    wait_for(lambda: not engine.containers(), "no container is left", 60)


def check_commands(s):
    finished = s.run("exec", "--docker", "-e", "WORD=hi", "sh", "-c", "echo $WORD; cat data/word.txt; pwd; exit 3")
    equal([finished.status, finished.out], [3, "hi\ntwo/src\n"], str(finished))
    contains(finished.err, "Running sh -c ")
    equal(s.ok("exec", "--docker", "cat", "/etc/made"), "built\n")
    # A mistake in the predictor keeps nobody from looking around.
    s.write("predict.cpp", PREDICTOR.replace("std::string out;", "std::string out"))
    equal(s.ok("exec", "--docker", "cat", "/etc/made"), "built\n")
    err = s.fails("predict", "--docker", "-i", "text=a")
    contains(err, "predict.cpp:")
    contains(err, "Failed to build Docker image")
    s.write("predict.cpp", PREDICTOR)


with Engine() as engine, Scenario(config=CONFIG, predictor=PREDICTOR, files={"data/word.txt": "one"}) as s:
    engine.use_in(s)
    native_base(engine)
    # Nothing on this machine compiles.
    s.environment["CXX"] = "/no/such/compiler"
    check_predictions(s, engine)
    check_training(s)
    check_server(s, engine)
    check_ends(s, engine)
    check_commands(s)
    s.write("cog.yaml", CONFIG.replace("build: {", "build: {gpu: true, "))
    if "NVIDIA driver and GPU found" not in s.run("doctor").err:
        err = s.fails("predict", "--docker", "-i", "text=a")
        contains(err, "cog.yaml wants a GPU (gpu: true), but this machine has no usable NVIDIA GPU")
        check("Building" not in err, err)
        contains(s.ok("predict", "--docker", "--gpus", "none", "-i", "text=a"), "a two built")
    engine.docker("rmi", "--force", "cog-project:source", "cog-project:environment")
