"""How a container of a model is run: memory, ports, mounts, environment, tokens, its end."""

import json

from engines import Engine, model_image
from scenario import Scenario, check, contains, equal, stop, wait_for

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

class Predictor {
 public:
  std::string predict(const std::string& name) {
    if (name == "wait") std::this_thread::sleep_for(std::chrono::hours(1));
    if (name == "context") {
      const auto& context = cogpp::current().context();
      const auto found = context.find("replicate_api_token");
      return found == context.end() ? "no token" : found->second;
    }
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? "not set" : value;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("name"));
"""


def only_container(engine):
    wait_for(lambda: len(engine.containers()) == 1, "the container is there")
    return json.loads(engine.docker("inspect", engine.containers()[0]))[0]


def variables(container):
    return dict(text.split("=", 1) for text in container["Config"]["Env"])


with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    image = model_image(engine, s)
    s.environment["HOST_ONLY"] = "secret"

    def value(name, *flags):
        return s.ok("predict", image, "-i", f"name={name}", *flags).strip()

    # The environment is the image's, the flags', and Cog's; never this machine's.
    equal(value("HOST_ONLY"), "not set")
    equal(value("A", "-e", "A=1", "--env", "B=two words"), "1")
    equal(value("B", "-e", "A=1", "--env", "B=two words"), "two words")
    equal(value("EMPTY", "-e", "EMPTY="), "")

    # Replicate's token comes in the request's context, and only when it is asked for.
    contains(s.fails("predict", image, "-i", "name=context", "--use-replicate-token"),
             "Failed to find REPLICATE_API_TOKEN in the current environment when called with --use-replicate-token")
    s.environment["REPLICATE_API_TOKEN"] = "r8_for_the_test"
    equal(value("context"), "no token")
    equal(value("context", "--use-replicate-token"), "r8_for_the_test")
    equal(value("REPLICATE_API_TOKEN"), "not set")

    # While it predicts: nothing of this machine in it, its port on this machine alone.
    process = s.start("predict", image, "-i", "name=wait", "-e", "A=1")
    container = only_container(engine)
    host = container["HostConfig"]
    equal(host["ShmSize"], 6 << 30, "shared memory")
    equal((host["Binds"] or [], container["Mounts"]), ([], []), "mounts")
    wait_for(lambda: only_container(engine)["NetworkSettings"]["Ports"], "the port is published")
    ports = only_container(engine)["NetworkSettings"]["Ports"]
    equal([binding["HostIp"] for binding in ports["5000/tcp"]], ["127.0.0.1"])
    equal(variables(container)["COG_LOG_LEVEL"], "warning")
    equal(variables(container)["A"], "1")
    equal(container["Config"]["Image"], image)
    check(not container["HostConfig"]["DeviceRequests"], "a GPU nobody asked for")
    equal(stop(process), 1)
    process.communicate()
    equal(engine.containers(), [], "containers after Ctrl-C")
    process = s.start("predict", image, "-i", "name=wait", "--debug")
    equal(variables(only_container(engine))["COG_LOG_LEVEL"], "debug")
    stop(process)
    process.communicate()

    # A server: its logs are for people, its port the one that was asked for.
    process, url = s.listen(image, "-p", "0", "--host", "0.0.0.0", "-e", "A=served")
    port = url.rsplit(":", 1)[1]
    contains(s.serve_log(), f"Serving at http://0.0.0.0:{port} (http://localhost:{port})\n")
    container = only_container(engine)
    equal(variables(container)["LOG_FORMAT"], "console")
    equal(variables(container)["A"], "served")
    equal(container["NetworkSettings"]["Ports"]["5000/tcp"], [{"HostIp": "0.0.0.0", "HostPort": port}])
    equal(stop(process), 0)
    equal(engine.containers(), [], "containers that were left behind")
