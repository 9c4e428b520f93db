"""HTTP servers of a script's own, on free ports of this machine."""

import http.server
import json
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    """Speaks HTTP/1.1, and logs nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


def answer(handler, status, value):
    body = json.dumps(value).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", len(body))
    handler.end_headers()
    handler.wfile.write(body)


class LoopbackServer:
    """Answers by `handler` in threads from here on; as a context manager it ends."""

    def __init__(self, handler, tls=None):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
