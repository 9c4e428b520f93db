"""An image's server in the foreground: its port, its flags, its end."""

import concurrent.futures
import json
import signal
import socket
import urllib.error
import urllib.request

from engines import Engine, model_image
from registries import free_port
from scenario import Scenario, check, contains, equal, get, post, stop, wait_for

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <string>
#include <thread>

class Predictor {
 public:
  std::string predict(const std::string& text, double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    return "served " + text;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"), cogpp::input("seconds").default_to(0.0));
"""


with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    image = model_image(engine, s)
    port = free_port()
    process, url = s.listen(image, "-p", str(port))
    equal(url, f"http://localhost:{port}")
    equal(post(url + "/predictions", {"input": {"text": "a"}})["output"], "served a")
    equal(len(engine.containers()), 1)
    with socket.socket() as other:
        check(other.connect_ex(("127.0.0.2", port)) != 0, "the server listens on more than --host")

    # The port is taken now.
    err = s.fails("serve", image, "-p", str(port))
    contains(err, "Failed to start container")
    equal(stop(process, signal.SIGINT), 0, s.serve_log())
    equal(engine.containers(), [], "containers that were left behind")

    # Any port, a server's flag, slots, and an end that a client asks for.
    process, url = s.listen(image, "-p", "0", "--probes", "--concurrency", "2")
    equal(get(url + "/livez"), {"status": "alive"})
    with concurrent.futures.ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda text: post(url + "/predictions", {"input": {"text": text, "seconds": 1}}), "ab"))
    equal([answer["output"] for answer in answers], ["served a", "served b"])  # with one slot: 409
    urllib.request.urlopen(urllib.request.Request(url + "/shutdown", b"", method="POST"), timeout=60)
    equal(process.wait(60), 0, s.serve_log())
    wait_for(lambda: not engine.containers(), "no container is left", 30)

    # Files that flags name, and a set-up that may take so long.
    err = s.fails("serve", image, "--auth-token-file", "gone.txt")
    contains(err, f"--auth-token-file {s.project}/gone.txt: there is no such file")
    s.write("token.txt", "a-token\n")
    (s.project / "token.txt").chmod(0o644)
    process, url = s.listen(image, "-p", "0", "--auth-token-file", "token.txt", "--setup-timeout", "77")
    try:
        get(url + "/health-check")
        check(False, "the server answers without a token")
    except urllib.error.HTTPError as error:
        equal(error.code, 401, "status without a token")
    token = {"Authorization": "Bearer a-token", "Content-Type": "application/json"}
    question = urllib.request.Request(url + "/health-check", headers=token)
    wait_for(lambda: json.load(urllib.request.urlopen(question, timeout=60))["status"] == "READY", "set-up ends")
    question = urllib.request.Request(url + "/predictions", b'{"input": {"text": "a"}}', token)
    equal(json.load(urllib.request.urlopen(question, timeout=60))["output"], "served a")
    contains(engine.docker("inspect", engine.containers()[0]), '"COG_SETUP_TIMEOUT=77"')
    equal(stop(process, signal.SIGINT), 0, s.serve_log())

    # A prediction that runs is finished before a signal ends the server.
    process, url = s.listen(image, "-p", "0")
    connection = socket.create_connection(("localhost", int(url.rsplit(":", 1)[1])))
    body = json.dumps({"input": {"text": "late", "seconds": 1.5}})
    connection.sendall(f"POST /predictions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
    wait_for(lambda: get(url + "/health-check")["status"] == "BUSY", "the prediction runs")
    process.send_signal(signal.SIGTERM)
    contains(connection.recv(65536).decode(), "served late")
    equal(process.wait(60), 0, s.serve_log())
    equal(engine.containers(), [], "containers that were left behind")
