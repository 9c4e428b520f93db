"""An image's server uploads files to this machine, which containers know as
host.docker.internal."""

import http.server
import threading

from engines import Engine, model_image
from scenario import Scenario, contains, equal, post, stop

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <fstream>

class Predictor {
 public:
  cogpp::Path predict(const std::string& text) {
    std::ofstream("/tmp/said.txt") << text;
    return cogpp::Path("/tmp/said.txt");
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what is put there."""

    files = {}

    def log_message(self, *_):
        pass

    def do_PUT(self):
        data = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            data = self.rfile.read(int(self.headers["Content-Length"]))
        self.files[self.path] = data
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


with Engine() as engine, Scenario(predictor=PREDICTOR) as s, http.server.HTTPServer(("", 0), Receiver) as receiver:
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    engine.use_in(s)
    image = model_image(engine, s)
    address = f"http://host.docker.internal:{receiver.server_port}/files/"
    process, url = s.listen(image, "-p", "0", "--upload-url", address)
    answer = post(url + "/predictions", {"input": {"text": "far"}})
    equal((answer["status"], Receiver.files), ("succeeded", {"/files/said.txt": b"far"}), str(answer))
    contains(answer["output"], "/files/said.txt")
    equal(stop(process), 0, s.serve_log())
    equal(engine.containers(), [], "containers that were left behind")

    # Without the flag the container knows no such name.
    process, url = s.listen(image, "-p", "0")
    [container] = engine.containers()
    equal(engine.docker("inspect", "--format", "{{.HostConfig.ExtraHosts}}", container).strip(), "[]")
    equal(stop(process), 0, s.serve_log())
    receiver.shutdown()
