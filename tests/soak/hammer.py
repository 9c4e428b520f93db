"""One client that asks as fast as it is answered; tests/soak starts several. Prints one JSON
line: the seconds of every plain prediction, and how many ended in which way.

usage: hammer.py PORT COUNT RECEIVER TIMES
TIMES is 1 when the single times are wanted, else 0.
"""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "contract"))
from replayer.wire import Connection  # noqa: E402

JSON = "Content-Type: application/json\r\n"
# What one in so many predictions is; the others are plain.
KINDS = {20: ("async", {"mode": "work"}), 15: ("stream", {"mode": "work"}),
         10: ("file", {"mode": "file"}), 5: ("failed", {"mode": "throw"})}
HEADERS = {"async": "Prefer: respond-async\r\n", "stream": "Accept: text/event-stream\r\n"}
WANTED = {"async": '"status":"starting"', "failed": '"status":"failed"'}


def requests(receiver: str) -> list:
    """Twenty-five requests in their order, as (kind, bytes)."""
    made = []
    for i in range(25):
        kind, given = KINDS.get(i, ("plain", {"mode": "work"}))
        body = {"input": given}
        if kind == "async":
            body.update(webhook=receiver, webhook_events_filter=["completed"])
        text = json.dumps(body)
        made.append((kind, (f"POST /predictions HTTP/1.1\r\nHost: soak\r\n{JSON}"
                            f"{HEADERS.get(kind, '')}Content-Length: {len(text)}\r\n\r\n{text}"
                            ).encode()))
    return made


def main() -> None:
    port, count, receiver, times = (int(sys.argv[1]), int(sys.argv[2]), sys.argv[3],
                                    int(sys.argv[4]))
    connection, circle = Connection(port, 120), requests(receiver)
    seconds, ended = [], {}
    for i in range(count):
        kind, raw = circle[i % len(circle)]
        start = time.perf_counter()
        connection.send(raw)
        response = connection.read_response()
        if times and kind == "plain":
            seconds.append(time.perf_counter() - start)
        wanted = WANTED.get(kind, '"status":"succeeded"')
        good = response.status in (200, 202) and wanted.encode() in response.body
        key = kind if good else f"wrong {response.status} {response.body[:100]!r}"
        ended[key] = ended.get(key, 0) + 1
    print(json.dumps({"seconds": seconds, "ended": ended}))


if __name__ == "__main__":
    main()
