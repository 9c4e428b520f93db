"""Bodies that are malformed, nested, huge or double, content types, and ids that mean to trick."""
import os

from harness import expect
from raw_http import JSON, answer, post, receive, status_of


def bad_bodies(server):
    parse = "Failed to parse the request body as JSON: "
    for body in ("{", "", " ", "[\"a\"", "{\"input\":{\"mode\":\"ok\"}}}", "nul", "{'input':{}}",
                 "{\"input\":{\"mode\":\"\\ud800\"}}", "{\"input\":{\"n\":1e400}}",
                 "{\"input\":{\"n\":NaN}}", "{\"input\":{\"n\":01}}", "\ufeff{}",
                 "{\"input\":{\"mode\":\"a\nb\"}}"):
        answer(server, post(body), 400, parse)
    for body in (b"{\"input\":{\"mode\":\"\xff\xfe\"}}", b"{\"input\":{\"mode\":\"\xed\xa0\x80\"}}",
                 b"{\"input\":{\"mode\":\"a\x00b\"}}", b"\x00", b"{\"\xc0\x80\":1"):
        answer(server, post(body), 400, parse)
    for body in ("null", "5", "\"x\"", "{\"id\":5}", "{\"context\":[]}", "{\"context\":null}",
                 "{\"webhook_events_filter\":\"start\"}"):
        answer(server, post(body), 422, "Failed to deserialize the JSON body into the target type")


def deep_bodies(server):
    for depth in (128, 10000, 200000):
        for opening, closing in (("[", "]"), ("{\"a\":", "}")):
            value = opening * depth + ("1" if opening != "[" else "") + closing * depth
            answer(server, post(f"{{\"input\":{{\"mode\":{value}}}}}"), 400, "recursion limit exceeded")
            answer(server, post(f"{{\"input\":{{\"mode\":{opening * depth}"), 400)
    answer(server, post("{\"unknown\":" + "[" * 10000 + "]" * 10000 + "}"), (200, 400))
    answer(server, post("[" * 1000000), (400, 422))


def content_types(server):
    for header in ("", "Content-Type: text/plain\r\n", "Content-Type: application/xml\r\n",
                   "Content-Type: \r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
                   "Content-Type: text/plain\r\nContent-Type: application/json\r\n"):
        wanted = 200 if header == "" else 415  # Without one the body is ignored (§2.3).
        answer(server, post("{\"input\":{}}", header), wanted)
    answer(server, post("{\"input\":{}}", "Content-Type: application/json; charset=utf-8\r\n"), 200)


def too_large(server):
    with server.socket() as connection:
        head = f"POST /predictions HTTP/1.1\r\nHost: x\r\n{JSON}Content-Length: {3 << 20}\r\n\r\n"
        try:
            connection.sendall(head.encode())
            for _ in range(48):
                connection.sendall(b" " * 65536)
        except ConnectionError:
            pass
        data = receive(connection)
    expect(status_of(data) == 413, f"{data[:200]!r}")
    answer(server, post("{\"input\":{\"mode\":\"" + "x" * ((1 << 20) - 30) + "\"}}"), 200)


def duplicate_keys(server):
    answer(server, post("{\"input\":{\"mode\":\"a\"},\"input\":{\"mode\":\"b\"}}"), 422,
           "duplicate field `input`")
    answer(server, post("{\"x\":1,\"x\":2,\"input\":{\"mode\":\"ok\",\"mode\":\"twice\"}}"), 200,
           "ok twice")


def tricky_ids(server):
    folders = server.temp_folders()
    outside = os.path.join(server.folder, "escaped")
    for name in ("../../escaped", outside, "..", ".", "", "a/b", "x" * 255, "x" * 256, "x" * 100000,
                 "\u0000", "a\u0000b", "\n", "é", "\U0001f600", "%2e%2e", "'; rm -rf /"):
        status, reply = server.predict(mode="touch", extra={"id": name})
        expect(status == 200 and reply["status"] == "succeeded" and reply["id"] == name,
               f"id {name[:40]!r}: {status} {str(reply)[:200]}")
        expect(not os.path.exists(outside), "an id made a file outside")
    for path in ("/predictions/..%2f..%2fescaped", "/predictions/%00", "/predictions/%zz",
                 "/predictions/" + "y" * 300, "/predictions/a%0d%0aX-Evil:%201"):
        status, reply = server.predict(mode="touch", method="PUT", path=path)
        expect(status == 200 and reply["status"] == "succeeded", f"PUT {path[:40]}: {status} {reply}")
    answer(server, b"PUT /predictions/%ff HTTP/1.1\r\nHost: x\r\n" + JSON.encode() +
           b"Content-Length: 2\r\n\r\n{}", 400)
    expect(server.temp_files() == [] and server.temp_folders() <= folders + 1,
           f"{server.temp_files()} {server.temp_folders()}")


SCENARIOS = [bad_bodies, deep_bodies, content_types, too_large, duplicate_keys, tricky_ids]
