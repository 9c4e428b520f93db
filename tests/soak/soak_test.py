"""The soak's own checks: each fails when what it looks for is there."""
import json
import os
import socket
import subprocess
import sys
import threading
import time
import unittest
from types import SimpleNamespace
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("soak", "contract", os.path.join("contract", "faults")):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), folder))

import bad_clients  # noqa: E402
import bad_workers  # noqa: E402
import crashes  # noqa: E402
import slow_clients  # noqa: E402
from harness import Failure, wait_for  # noqa: E402
from outages import Outage, Sample, outages_in  # noqa: E402
from report import Section  # noqa: E402
from traffic import Traffic  # noqa: E402
from watch import PROBE, Watch  # noqa: E402

SUCCEEDED = (200, {"status": "succeeded"})


def kept(section: Section) -> bool:
    return all(promise.kept for promise in section.promises)


class Slotted:
    """Stands for a server with slots: some may be held for ever, and `width` at once may work."""

    def __init__(self, held: int = 0, width: int = crashes.SLOTS, result=SUCCEEDED):
        self.held, self.width, self.running, self.result = held, width, 0, result

    def metrics(self):
        busy = self.held + min(self.running, self.width)
        return {'cogpp_slots{state="free"}': crashes.SLOTS - busy, 'cogpp_slots{state="busy"}': busy,
                "cogpp_queued_predictions": max(self.running - self.width, 0)}

    def in_background(self, **_):
        self.running += 1
        thread = threading.Thread(target=time.sleep, args=(0.3,))
        thread.result = self.result
        thread.start()
        return thread


class NoSlotLost(unittest.TestCase):
    def judged(self, server: Slotted) -> bool:
        def soon(question, _, text):
            return wait_for(question, 0.05, text)

        section = Section("", "")
        with mock.patch.object(crashes, "wait_for", soon), mock.patch("builtins.print"):
            crashes.no_slot_lost(section, server)
        return kept(section)

    def test_all_are_there(self):
        self.assertTrue(self.judged(Slotted()))

    def test_one_that_stays_busy_is_lost(self):
        self.assertFalse(self.judged(Slotted(held=1)))

    def test_one_that_is_free_and_takes_no_prediction_is_lost(self):
        self.assertFalse(self.judged(Slotted(width=crashes.SLOTS - 1)))

    def test_each_must_succeed(self):
        self.assertFalse(self.judged(Slotted(result=(200, {"status": "failed"}))))


class Rests(unittest.TestCase):
    def test_nothing_is_asked_meanwhile(self):
        traffic = Traffic(None, ["first"], None, None, clients=0)
        taken = []
        taker = threading.Thread(target=lambda: taken.append(traffic.take()))
        with traffic.resting():
            taker.start()
            taker.join(0.05)
            self.assertEqual(taken, [])
        taker.join(10)
        self.assertEqual(taken, ["first"])


class Probe(unittest.TestCase):
    """Against listeners that treat a connection in some way."""

    def errors(self, treat, then=lambda listener, probe: None):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def accept():
                try:
                    while True:
                        with listener.accept()[0] as client:
                            treat(client)
                except OSError:
                    pass
            threading.Thread(target=accept, daemon=True).start()
            probe = subprocess.Popen([sys.executable, "-B", PROBE, str(listener.getsockname()[1])],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.assertEqual(probe.stdout.readline(), "ready\n")
            time.sleep(0.5)
            then(listener, probe)
            said = json.loads(probe.communicate("\n", 20)[0])
        self.assertTrue(said["probes"])
        watch = Watch(None)
        watch.probes, watch.echoes, watch.errors = [0.0], [], said["errors"]
        self.assertEqual(watch.healthy(), not watch.errors)
        return watch.errors

    @staticmethod
    def answer(client):
        client.recv(1000)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    @staticmethod
    def refuse(listener, probe):
        """The probe sees it, and ends."""
        listener.shutdown(socket.SHUT_RDWR)
        probe.wait(20)

    def test_a_kept_connection_may_be_closed(self):
        self.assertEqual(self.errors(self.answer), [])

    def test_a_new_one_may_not(self):
        self.assertIn("connection closed", self.errors(lambda client: client.recv(1000))[0])

    def test_nor_may_it_be_refused(self):
        self.assertIn("nobody listens", self.errors(self.answer, self.refuse)[-1])


class OutagesOfSlots(unittest.TestCase):
    FULL = [Sample(0, 8, 0, 0), Sample(1, 8, 0, 0)]

    def test_none(self):
        self.assertEqual(outages_in([], 8), [])
        self.assertEqual(outages_in(self.FULL, 8), [])

    def test_between_the_looks_that_found_all(self):
        missing = [Sample(2, 4, 1, 0), Sample(3, 0, 3, 1), Sample(4, 8, 3, 1), Sample(5, 8, 3, 1)]
        self.assertEqual(outages_in(self.FULL + missing, 8), [Outage(3, 3, 1)])

    def test_one_that_does_not_end(self):
        missing = [Sample(2, 4, 1, 0), Sample(9, 4, 1, 0)]
        self.assertEqual(outages_in(self.FULL + missing, 8), [Outage(8, 1, 0)])
        self.assertEqual(outages_in(self.FULL + missing[:1], 8), [Outage(1, 1, 0)])

    def test_one_between_two_looks(self):
        self.assertEqual(outages_in(self.FULL + [Sample(1.5, 8, 1, 0), Sample(2, 8, 1, 0)], 8), [Outage(.5, 1, 0)])

    def test_what_is_allowed(self):
        self.assertAlmostEqual(Outage(0, 1, 0).allowed(setup_s=0.5), 1.5)
        self.assertAlmostEqual(Outage(0, 0, 0).allowed(setup_s=0.5), 1.5)
        self.assertAlmostEqual(Outage(0, 3, 2).allowed(setup_s=0.5), 2.5 + 0.1 + 0.2)


class FaultHappens(unittest.TestCase):
    @staticmethod
    def fault(part: str) -> bad_workers.Fault:
        return next(one for one in bad_workers.FAULTS if part in one.title)

    def happened(self, part: str, **seen) -> bool:
        given = {"meant": 2, "ended": 2, "restarts": 2, "setup_failures": 0, **seen}
        return bad_workers.Seen(**given).happened(self.fault(part))

    def test_setups_fail(self):
        self.assertTrue(self.happened("set-up", setup_failures=1))
        self.assertFalse(self.happened("set-up"))

    def test_logs_are_fast(self):
        for part in ("logs without end", "Python and logs"):
            self.assertTrue(self.happened(part, logging_s=[0.1, 1.0]))
            self.assertFalse(self.happened(part, logging_s=[0.1, 3.0]))
            self.assertFalse(self.happened(part, logging_s=[0.1], ended=1))

    def test_workers_end_of_each_poison(self):
        for part in ("hangs", "garbage", "allocates", "lock"):
            self.assertTrue(self.happened(part))
            self.assertFalse(self.happened(part, restarts=0))
            self.assertFalse(self.happened(part, ended=1))
            self.assertFalse(self.happened(part, meant=0, ended=0))


class FileNames(unittest.TestCase):
    """A stand-in for a server that keeps the file, or makes it somewhere else."""

    def judged(self, made: str, size: int = 10) -> None:
        def succeeds(file):
            arrived = 2 if file.startswith("data:") else size
            open(made, "w").close()
            return {"output": "data:," + {2: "Mg==", 10: "MTA=", 0: "MA=="}[arrived]}

        origin = SimpleNamespace(url=lambda path: "http://origin" + path)
        with bad_clients.fenced() as fence:
            made = os.path.join(fence, made)
            bad_clients.file_names(SimpleNamespace(succeeds=succeeds), origin, fence)

    def test_none_is_left(self):
        self.judged(os.devnull)

    def test_one_outside(self):
        with self.assertRaisesRegex(Failure, "made .*escaped"):
            self.judged("escaped")

    def test_one_that_does_not_arrive(self):
        with self.assertRaisesRegex(Failure, "MA=="):
            self.judged(os.devnull, size=0)


class SlowClients(unittest.TestCase):
    def test_heads(self):
        self.assertIn("100 of 100 heads were cut", slow_clients.heads_cut(100, 80))
        self.assertIn("none of 100", slow_clients.heads_cut(0, 5))
        for cut, seconds in ((99, 80), (0, 80), (1, 5)):
            with self.assertRaises(Failure):
                slow_clients.heads_cut(cut, seconds)

    def test_readers(self):
        for got, good in ((b"HTTP/1.1 2", True), (b"HTTP/1.1 5", False), (b"HTTP/1.1 ", False)):
            reader = slow_clients.Reader.__new__(slow_clients.Reader)
            reader.got, reader.turns = got, 10
            if good:
                reader.check()
            else:
                self.assertRaises(Failure, reader.check)

    def test_replies(self):
        body = json.dumps({"output": ["s" * slow_clients.REPLY_BYTES]}).encode()
        reply = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        self.assertTrue(slow_clients.is_whole(reply))
        self.assertFalse(slow_clients.is_whole(reply[:-1000]))
        for wrong in (reply[:-1], reply.replace(b"sss", b"sts", 1), reply.replace(b"200", b"503", 1)):
            with self.assertRaises(Failure):
                slow_clients.is_whole(wrong)


class BytesSent(unittest.TestCase):
    def test_they_are_counted(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.assertEqual(bad_clients.send_pieces(ours, b"head", b"xx", 3), 10)
            theirs.close()
            self.assertEqual(bad_clients.send_pieces(ours, b"head", b"xx", 3), 0)


if __name__ == "__main__":
    unittest.main()
