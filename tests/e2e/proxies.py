"""A forward proxy on a loopback port, and a server with TLS behind it. Names that exist
nowhere else lead where the test says."""

import base64
import http.client
import select
import socket
import ssl
import urllib.parse

from registries import PIECE, certificate
from servers import Handler, LoopbackServer, answer, pass_head

LOGIN = "user:p@ss"


class ForwardProxy(LoopbackServer):
    """Use as a context manager. `leads` has the port of this machine for each HOST:PORT that it
    connects to; others are refused with 403. `asked` has (method, target, authorization)."""

    def __init__(self, leads, login=False):
        self.leads, self.login, self.asked = leads, login, []
        outer = self

        class Forwarding(Handler):
            def do_CONNECT(self):
                port = outer.port_for(self, self.path)
                if port:
                    outer.tunnel(self, port)

            def forward(self):
                url = urllib.parse.urlsplit(self.path)
                port = outer.port_for(self, url.netloc)
                if port:
                    outer.forward(self, port, url)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = forward

        super().__init__(Forwarding)
        self.host = f"127.0.0.1:{self.server.server_port}"

    def port_for(self, handler, place):
        """Where the request goes; nothing when it was refused."""
        given = handler.headers.get("Proxy-Authorization")
        self.asked.append((handler.command, handler.path, given))
        status = 0
        if self.login and given != "Basic " + base64.b64encode(LOGIN.encode()).decode():
            status = 407
        elif place not in self.leads:
            status = 403
        if status:
            handler.close_connection = True
            handler.send_response(status)
            # As a proxy that wants what is the registry's would.
            handler.send_header("WWW-Authenticate", 'Basic realm="proxy"')
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        return None if status else self.leads[place]

    def tunnel(self, handler, port):
        handler.close_connection = True
        with socket.create_connection(("127.0.0.1", port)) as peer:
            handler.send_response(200, "Connection established")
            handler.end_headers()
            ends = {handler.connection: peer, peer: handler.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    try:
                        data = end.recv(PIECE)
                        ends[end].sendall(data)
                    except OSError:
                        return
                    if not data:
                        return

    def forward(self, handler, port, url):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        peer = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        peer.putrequest(handler.command, url._replace(scheme="", netloc="").geturl(), skip_host=True,
                        skip_accept_encoding=True)
        for name, value in handler.headers.items():
            if name.lower() not in ("connection", "proxy-authorization"):
                peer.putheader(name, value)
        peer.endheaders(body or None)
        handler.wfile.write(pass_head(handler, peer.getresponse()))
        peer.close()


class TokenTaker(LoopbackServer):
    """Replicate's log-in under the name `host`, with TLS. `headers` are of the latest request."""

    def __init__(self, root, host):
        root.mkdir(parents=True)
        self.authority = certificate(root, host)
        outer = self

        class Taking(Handler):
            def do_POST(self):
                outer.headers = dict(self.headers.items())
                self.rfile.read(int(self.headers["Content-Length"]))
                answer(self, 200, {"username": "user"})

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, root / "key.pem")
        super().__init__(Taking, context)
        self.port = self.server.server_port
