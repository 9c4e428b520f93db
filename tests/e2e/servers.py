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


def pass_head(handler, received):
    """Passes on status and headers of what another server answered (http.client's), with the length
    of its body; returns the body."""
    body = received.read()
    handler.send_response(received.status)
    for name, value in received.getheaders():
        if name.lower() not in ("connection", "transfer-encoding", "content-length", "date"):
            handler.send_header(name, value)
    length = received.getheader("Content-Length") if handler.command == "HEAD" else len(body)
    handler.send_header("Content-Length", length or 0)
    handler.end_headers()
    return body


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
