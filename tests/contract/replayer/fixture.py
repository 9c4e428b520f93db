"""The local HTTP server that recordings download from and send webhooks to."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FILES = {
    "/": b"root",
    "/pic.png": b"PNGDATA",
    "/q.txt": b"query",
    "/noext": b"n",
    "/r2.txt": b"redirected",
    "/deep/dir/f.tar.gz": b"gz",
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers.items())))
        path = self.path.split("?")[0]
        if path == "/redir":
            self.answer(302, b"", [("Location", "/r2.txt")])
        elif path == "/err":
            self.answer(500, b"")
        elif path.startswith("/long"):
            self.answer(200, b"long")
        elif path in FILES:
            self.answer(200, FILES[path])
        else:
            self.answer(404, b"")

    def do_POST(self):
        """Webhooks are taken and forgotten."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.answer(200, b"")

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Fixture:
    """Runs on a thread until it is closed. `seen` has (target, headers) of each download."""

    def __init__(self):
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.seen = []
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def port(self):
        return self.http.server_address[1]

    @property
    def seen(self):
        return self.http.seen

    def close(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()
