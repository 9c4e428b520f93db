"""Requests as bytes, sent on connections of their own, and what comes back."""
from harness import PATIENCE, expect

JSON = "Content-Type: application/json\r\n"


def post(body, headers=JSON, path="/predictions", length=None):
    body = body if isinstance(body, bytes) else body.encode()
    size = len(body) if length is None else length
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {size}\r\n\r\n".encode() +
            body)


def receive(connection, seconds=20):
    """All that comes until the end or silence."""
    connection.settimeout(seconds)
    data = b""
    try:
        while piece := connection.recv(65536):
            data += piece
            head, found, body = data.partition(b"\r\n\r\n")
            if found and b"content-length: " in head:
                length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
                if len(body) >= length:
                    break
    except (TimeoutError, ConnectionError):
        pass
    return data


def everything(connection, seconds=5):
    """All that comes until the server closes the connection; an OSError when it does not."""
    connection.settimeout(seconds * PATIENCE)
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def status_of(data):
    try:
        return int(data.split(b" ", 2)[1])
    except (IndexError, ValueError):
        return None


def answer(server, raw, wanted, contains=""):
    """Sends bytes on a connection of their own and compares the status."""
    with server.socket() as connection:
        try:
            connection.sendall(raw)
        except ConnectionError:
            pass  # Refused while it was being sent: the reply is there all the same.
        data = receive(connection)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    expect(status_of(data) in wanted, f"wanted {wanted}, got {data[:300]!r} for {raw[:100]!r}")
    expect(contains in data.decode(errors="replace"), f"{contains!r} is not in {data[:300]!r}")
