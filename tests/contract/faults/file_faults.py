"""File inputs and outputs: servers that hang or lie, clients that leave, workers that die.
Every file is gone afterwards."""
import base64
import contextlib
import http.server
import json
import signal
import threading
import time

from harness import MEMORY_SLACK, PATIENCE, expect, wait_for
from raw_http import post
from workers import faulty


class Origin(http.server.ThreadingHTTPServer):
    """Where files come from: /ok/N sends N bytes, /missing 404, /hang begins and stops, /short lies,
    /to?URL redirects there, /again to itself, whatever else sends ten bytes. What is put there is
    counted, and below /hang never taken."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.over = threading.Event()
        self.asked = self.taken = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def __exit__(self, *error):
        self.over.set()
        self.shutdown()
        super().__exit__(*error)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.asked += 1
        if self.path.startswith("/missing"):
            return self.send_error(404)
        if self.path.startswith(("/to?", "/again")):
            self.send_response(302)
            self.send_header("Location", self.path.partition("?")[2] or self.path)
            return self.end_headers()
        if not self.path.startswith(("/ok/", "/hang", "/short")):
            self.path = "/ok/10"
        size = int(self.path.rpartition("/")[2] or 0) if self.path.startswith("/ok/") else 1000
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        try:
            self.wfile.write(b"x" * (size if self.path.startswith("/ok/") else 10))
        except OSError:
            return None
        if self.path.startswith("/hang"):
            self.server.over.wait(60)
        return None


    def do_POST(self):
        self.server.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.empty()

    def do_PUT(self):
        self.server.asked += 1
        left = int(self.headers["Content-Length"])
        if self.path.startswith("/hang"):
            return self.server.over.wait(60)
        while left:
            piece = self.rfile.read(min(left, 1 << 20))
            left -= len(piece)
            self.server.taken += len(piece)
        return self.empty()

    def empty(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Files:
    """Starts servers of the model that takes files; `beside` gives a context manager that watches
    one meanwhile."""

    def __init__(self, options, beside):
        self.options, self.beside = options, beside

    @contextlib.contextmanager
    def server(self, *flags):
        with faulty(self.options, *flags, model="files") as server:
            server.event("setup")
            server.wait_health("READY")
            with self.beside(server):
                yield server


def unwatched(_):
    return contextlib.nullcontext()


def scenario(body):
    def run(files, *arguments):
        with Origin() as origin, files.server("--concurrency", 2) as server:
            server.succeeds(file="data:,warm")
            before = server.settled_usage()
            note = body(server, origin, *arguments)
            server.succeeds(file="data:,still")
            server.expect_usage(before)
            server.expect_alive()
            return note
    return run


def output_of(reply):
    return int(base64.b64decode(reply["output"].partition(",")[2]))


@scenario
def arrive(server, origin):
    reply = server.succeeds(file=origin.url("/ok/100000"),
                            files=[origin.url("/ok/10"), "data:text/plain;base64,aGk="])
    expect(output_of(reply) == 100012, f"{reply}")
    big = "data:application/octet-stream;base64," + base64.b64encode(b"y" * (10 << 20)).decode()
    start = time.monotonic()
    expect(output_of(server.succeeds(file=big)) == 10 << 20, "10 MiB")
    return f"10 MiB data URL in {(time.monotonic() - start) * 1000:.0f} ms"


def clips(origin, last="/ok/1"):
    """A list of structs with a map of lists of lists: 11111 bytes, or what `last` gives."""
    return [{"file": origin.url("/ok/10000"), "name": origin.url("/no-file"),
             "frames": {"a": [[origin.url("/ok/1000")], []], "b": [["data:,0123456789"] * 10]}},
            {"file": "data:,0123456789", "frames": {"c": [[origin.url(last)]]}}]


@scenario
def arrive_nested(server, origin):
    reply = server.succeeds(clips=clips(origin))
    expect(output_of(reply) == 11111, f"{reply}")
    expect(origin.asked == 3, f"{origin.asked} requests arrived, not those of 3 URLs of files")
    error = server.fails(clips=clips(origin, "/missing.png"))
    expect(error == "Input validation error: 404 Client Error: Not Found for url: "
           + origin.url("/missing.png"), error)


@scenario
def fail(server, origin):
    for given, text in (
            ({"file": origin.url("/missing.png")},
             f"Input validation error: 404 Client Error: Not Found for url: {origin.url('/missing.png')}"),
            ({"files": [origin.url("/ok/10"), origin.url("/missing")]}, "404 Client Error"),
            ({"file": "data:image/png;base64,aGVsbG8"}, "Input validation error: Incorrect padding"),
            ({"file": "http://127.0.0.1:1/x"}, "[Errno 111] Connection refused"),
            ({"file": "/nonexistent"}, "nonexistent"),
            ({"file": origin.url("/short")}, "IncompleteRead(10 bytes read, 990 more expected)")):
        error = server.fails(**given)
        expect(text in error, f"{text!r} is not in {error!r}")


def private_url(files):
    """--forbid-private-urls: nothing is even asked for, and no webhook is sent there."""
    with Origin() as origin, files.server("--forbid-private-urls") as server:
        error = server.fails(file=origin.url("/ok/10"))
        expect("private addresses are forbidden" in error, error)
        server.succeeds(file="data:,still", extra={"webhook": origin.url("/hook"), "id": "hooked"})
        wait_for(lambda: '"Webhook lost: ' in server.log(), 5, "the webhook is given up at once")
        line = next(line for line in server.log().splitlines() if '"Webhook lost: ' in line)
        expect("private addresses are forbidden" in line and '"hooked"' in line, line)
        expect(origin.asked == 0, f"{origin.asked} requests arrived")


def large_output(files):
    """A file that is larger than the output may be is not even read."""
    with files.server("--max-output", 1000) as server:
        error = server.fails(mode="big")
        expect("its 2000 bytes are more than the limit of 1000; raise it with --max-output" in error,
               error)
        server.succeeds()


def large_input(files):
    """A download that is larger than allowed, and one that only says so."""
    with Origin() as origin, files.server("--max-input-file", 1000) as server:
        server.succeeds(file=origin.url("/ok/1000"))
        error = server.fails(file=origin.url("/ok/1001"))
        expect("is larger than the limit of 1000 bytes; raise it with --max-input-file" in error,
               error)
        expect(server.temp_files() == [], "the file is left")


def large_files(files):
    """Files come and go in pieces: the server's memory does not grow with them."""
    size = 64 << 20
    with Origin() as origin, files.server("--upload-url", origin.url("/up/")) as server:
        server.succeeds(file=origin.url("/ok/1000"))
        before, origin.taken = server.memory_mib(), 0
        server.forget_peak()
        reply = server.succeeds(file=origin.url(f"/ok/{size}"), mode="copy")
        grown = server.peak_mib() - before
        expect(origin.taken == size, f"{origin.taken} bytes arrived: {reply}")
        expect(grown < 16 * MEMORY_SLACK, f"{grown:.0f} MiB more for a file of 64")
        return f"64 MiB in and out with {grown:.1f} MiB more memory"


@scenario
def die(server, origin, mode):
    given = {"file": origin.url("/ok/1000"), "files": ["data:,x"], "mode": mode}
    status, reply = server.predict(**given)
    expect(status == 200 and reply["status"] == "failed", f"{status} {reply}")
    server.wait_health("READY", 3)


@scenario
def cancel_download(server, origin):
    running = server.in_background(file=origin.url("/hang"), files=[origin.url("/hang")] * 3,
                                   method="PUT", path="/predictions/hang")
    wait_for(lambda: origin.asked >= 4, 5, "the downloads began")
    start = time.monotonic()
    expect(server.request("POST", "/predictions/hang/cancel")[0] == 200, "cancel")
    running.join(5)
    took = time.monotonic() - start
    expect(running.result and running.result[1]["status"] == "canceled", f"{running.result}")
    expect(took < 0.5, f"canceled after {took:.2f} s")
    return f"canceled after {took * 1000:.0f} ms"


@scenario
def leave_download(server, origin):
    for _ in range(2):
        body = json.dumps({"input": {"file": origin.url("/hang")}})
        client = server.socket()
        client.sendall(f"POST /predictions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        asked = origin.asked
        wait_for(lambda: origin.asked > asked or origin.asked > 0, 5, "the download began")
        client.close()
    start = time.monotonic()
    running = [server.in_background(file="data:,x") for _ in range(2)]
    for thread in running:
        thread.join(5)
    wait_for(lambda: server.predict(file="data:,x")[0] == 200, 2, "a slot is free")
    return f"{(time.monotonic() - start) * 1000:.0f} ms"


def cancel_upload(files):
    """The output is made and on its way: a cancel, and a client that leaves, still end it."""
    with Origin() as origin, files.server("--upload-url", origin.url("/hang/")) as server:
        before, worker = server.settled_usage(), server.worker()
        running = server.in_background(method="PUT", path="/predictions/up")
        wait_for(lambda: origin.asked == 1, 5, "the upload began")
        start = time.monotonic()
        expect(server.request("POST", "/predictions/up/cancel")[0] == 200, "cancel")
        running.join(5)
        took = time.monotonic() - start
        expect(running.result and running.result[0] == 200 and
               running.result[1]["status"] == "canceled" and "output" not in running.result[1],
               f"{running.result}")
        server.wait_health("READY", 2)
        client = server.socket()
        client.sendall(post("{}"))
        wait_for(lambda: origin.asked == 2, 5, "the upload began")
        client.close()
        server.wait_health("READY", 2)
        expect(server.worker() == worker, "the worker has done its part")
        server.expect_usage(before)
        return f"canceled after {took * 1000:.0f} ms"


def drain_download(options):
    with Origin() as origin, Files(options, unwatched).server("--drain-timeout", 1) as server:
        running = server.in_background(file=origin.url("/hang"))
        wait_for(lambda: origin.asked, 5, "the download began")
        start = time.monotonic()
        server.stop(signal.SIGTERM)  # The status tells that work was cut off; either is fine here.
        took = time.monotonic() - start
        running.join(5)
        expect(took < 5 * PATIENCE, f"{took:.1f} s with a drain limit of 1 s")
        expect(server.temp_files() == [] and server.temp_folders() == 0, "files are left")
        return f"{took:.2f} s"


def run(report, options, beside=unwatched):
    files = Files(options, beside)
    report.run("files arrive", arrive, files)
    report.run("files arrive inside of structs, maps and lists of lists", arrive_nested, files)
    report.run("files fail", fail, files)
    report.run("files from private addresses are forbidden", private_url, files)
    for mode in ("signal", "throw"):
        report.run(f"files of a prediction that ends by {mode}", die, files, mode)
    report.run("files: output that is gone", die, files, "lost")
    report.run("files: output that is too large", large_output, files)
    report.run("files: input that is too large", large_input, files)
    report.run("files: large ones, in and out", large_files, files)
    report.run("files: cancel while downloading", cancel_download, files)
    report.run("files: client leaves while downloading", leave_download, files)
    report.run("files: cancel, or a client leaves, while uploading", cancel_upload, files)
    report.run("files: SIGTERM while downloading", drain_download, options)
