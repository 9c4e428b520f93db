"""A worker that speaks docs/worker-protocol.md, and breaks it on demand.

FAKE names the behaviour, FAKE_COUNTER a file that counts the starts: only the first
FAKE_STARTS of them misbehave, so that a replacement can be seen to work.
"""
import argparse
import json
import os
import select
import signal
import socket
import struct
import sys
import time

PROTOCOL = 2
SIGNATURE = {"inputs": [{"name": "text", "type": {"kind": "string"}, "default": ""}],
             "output": {"kind": "string"}, "mode": "value"}


class Channel:
    def __init__(self, number):
        self.socket = socket.socket(fileno=number)
        self.turn = 0  # Of the last prediction; each message about it repeats it.

    def raw(self, data):
        self.socket.sendall(data)

    def frame(self, data):
        data = data if isinstance(data, bytes) else data.encode()
        self.raw(struct.pack(">I", len(data)) + data)

    def send(self, kind, **members):
        turn = {"turn": self.turn} if self.turn else {}
        self.frame(json.dumps({"type": kind, **members, **turn}))

    def exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                sys.exit(0)
            data += piece
        return data

    def receive(self):
        message = json.loads(self.exactly(struct.unpack(">I", self.exactly(4))[0]))
        self.turn = message.get("turn", 0)
        return message


def hello(control, slots, **other):
    members = {"protocol": PROTOCOL, "sdk_version": "0.1.0", "slots": slots, "signature": SIGNATURE}
    control.send("hello", **{**members, **other})


def linger():
    """Lives on without doing anything, deaf to polite requests to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
    sys.exit(0)


def vast_frame(channel):
    """A frame of nearly 1 GiB, as far as somebody takes it."""
    size = (1 << 30) - 1
    try:
        channel.raw(struct.pack(">I", size))
        for _ in range(size >> 20):
            channel.raw(b" " * (1 << 20))
    except OSError:
        pass
    linger()


GARBAGE = {
    "http": lambda c: c.raw(b"GET / HTTP/1.1\r\n\r\n"),
    "oversized": lambda c: c.raw(struct.pack(">I", 0x7FFFFFFF) + b"{}"),
    "huge": lambda c: c.raw(b"\xff\xff\xff\xff"),
    "empty": lambda c: c.frame(b""),
    "not_json": lambda c: c.frame(b"{nonsense"),
    "no_object": lambda c: c.frame(b"[1,2]"),
    "no_type": lambda c: c.frame(b"{}"),
    "type_number": lambda c: c.frame(b'{"type":5}'),
    "unknown": lambda c: c.send("surprise"),
    "bad_utf8": lambda c: c.frame(b'{"type":"log","source":"stdout","data":"\xff"}'),
    "deep": lambda c: c.frame(b"[" * 100000 + b"]" * 100000),
    "missing": lambda c: c.send("log"),
    "wrong_kind": lambda c: c.send("log", source="nowhere", data=5),
    "server_message": lambda c: c.send("shutdown"),
}


def before_ready(fake, control, slots):
    """Behaviours during the start; returns for those that begin well."""
    if fake == "dies_before_hello":
        print("no library here", file=sys.stderr, flush=True)
        sys.exit(7)
    if fake == "closes_before_hello":
        control.socket.close()
        linger()
    if fake == "silent":
        linger()
    if fake == "half_frame":
        control.raw(struct.pack(">I", 100) + b"{")
        linger()
    if fake.startswith("control_"):
        GARBAGE[fake[len("control_"):]](control)
        linger()
    if fake == "other_protocol":
        hello(control, slots, protocol=99)
        linger()
    if fake == "other_slots":
        hello(control, slots + 1)
        linger()
    if fake == "bad_signature":
        hello(control, slots, signature={"inputs": [{"name": 5}], "output": {"kind": "dragon"}})
        linger()
    if fake == "ready_first":
        control.send("ready", device="cpu")
        linger()
    if fake == "in_pieces":
        data = json.dumps({"type": "hello", "protocol": PROTOCOL, "sdk_version": "0.1.0", "slots": slots,
                           "signature": SIGNATURE}).encode()
        for byte in struct.pack(">I", len(data)) + data:
            control.raw(bytes([byte]))
            time.sleep(0.0005)
        return
    hello(control, slots, **({"healthcheck": True} if fake == "ignores_health" else {}))
    if fake == "two_hellos":
        hello(control, slots)
        linger()
    if fake == "setup_failed":
        control.send("setup_failed", error="the fake fails")
        sys.exit(1)
    if fake == "dies_after_hello":
        os.kill(os.getpid(), signal.SIGKILL)
    if fake == "ends_after_hello":
        sys.exit(0)


def on_predict(fake, slot, request, control):
    """Answers one prediction, in the way asked for."""
    if fake == "as_told":
        fake = request["input"].get("text", "").partition(" ")[0]
    if fake.startswith("slot_"):
        GARBAGE[fake[len("slot_"):]](slot)
        linger()
    if fake == "hold":  # One prediction after the other, but each of them in its slot.
        time.sleep(0.5)
    if fake == "closes_slot":
        slot.socket.shutdown(socket.SHUT_RDWR)
        slot.socket.close()
        linger()
    if fake == "closes_control":
        control.socket.shutdown(socket.SHUT_RDWR)
        control.socket.close()
        linger()
    if fake == "exits_cleanly":
        sys.exit(0)
    if fake == "half_output":
        slot.raw(struct.pack(">I", 1000) + b'{"type":"output","chunk":"')
        sys.exit(4)
    if fake == "output_then_dies":
        slot.send("output", chunk="partial")
        os.kill(os.getpid(), signal.SIGKILL)
    if fake == "hello_in_slot":
        hello(slot, 1)
        linger()
    if fake == "garbage_on_control_later":
        control.raw(b"\xff\xff\xff\xff")
        linger()
    if fake == "vast_in_slot":
        vast_frame(slot)
    if fake == "vast_in_control":
        vast_frame(control)
    if fake == "missing_file":
        slot.send("file", path="/nonexistent/file.png")
    elif fake == "folder_as_file":
        slot.send("file", path="/tmp")
    else:
        slot.send("output", chunk="fake " + str(request["input"].get("text", "")))
    if fake == "many_logs":
        for _ in range(20000):
            slot.send("log", source="stdout", data="line\n")
    slot.send("done", stream=False)
    if fake == "done_twice":
        slot.send("done", stream=False)
    if fake == "output_after_done":
        slot.send("output", chunk="late")
    if fake in ("late_done", "late_output"):
        select.select([slot.socket], [], [])  # The next prediction is here, and not yet read.
        if fake == "late_output":
            slot.send("output", chunk="late")
        slot.send("done", stream=False)
        linger()


def serve(fake, control, slots):
    channels = {slot.socket.fileno(): slot for slot in slots}
    if fake == "health_unasked":
        control.send("health", id="1", error="nobody asked")
    if fake == "talks_idle":
        slots[0].send("output", chunk="nobody asked")
    if fake == "deaf":
        linger()
    if fake == "deaf_control":
        while True:  # It takes predictions, and neither answers them nor reads cancels.
            for number in select.select(list(channels), [], [])[0]:
                channels[number].receive()
    while True:
        for number in select.select([control.socket, *channels], [], [])[0]:
            if number is control.socket:
                if control.receive()["type"] == "shutdown":
                    sys.exit(0)
                continue
            on_predict(fake, channels[number], channels[number].receive(), control)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=int)
    parser.add_argument("--control-fd", type=int)
    parser.add_argument("--first-slot-fd", type=int)
    options = parser.parse_args()
    fake = os.environ["FAKE"]
    counter = os.environ["FAKE_COUNTER"]
    starts = os.path.getsize(counter) if os.path.exists(counter) else 0
    with open(counter, "a") as file:
        file.write(".")
    if starts >= int(os.environ["FAKE_STARTS"]):
        fake = "good"
    control = Channel(options.control_fd)
    slots = [Channel(options.first_slot_fd + i) for i in range(options.slots)]
    before_ready(fake, control, options.slots)
    control.send("ready", device="cpu")
    if fake == "dies_after_ready":
        sys.exit(9)
    serve(fake, control, slots)


if __name__ == "__main__":
    main()
