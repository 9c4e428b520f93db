"""The soak's own checks: each fails when what it looks for is there."""
import json
import os
import socket
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("soak", "contract", os.path.join("contract", "faults")):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), folder))

from watch import PROBE, Watch  # noqa: E402


class Probe(unittest.TestCase):
    """Against listeners that treat a connection in some way."""

    def errors(self, treat, then=lambda listener: None):
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
            time.sleep(0.2)
            then(listener)
            said = json.loads(probe.communicate("\n", 20)[0])
        self.assertTrue(said["probes"])
        watch = Watch(None)
        watch.probes, watch.echoes, watch.errors = said["probes"], said["echoes"], said["errors"]
        self.assertEqual(watch.healthy(), not watch.errors)
        return watch.errors

    @staticmethod
    def answer(client):
        client.recv(1000)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    @staticmethod
    def refuse(listener):
        listener.shutdown(socket.SHUT_RDWR)
        time.sleep(0.2)

    def test_a_kept_connection_may_be_closed(self):
        self.assertEqual(self.errors(self.answer), [])

    def test_a_new_one_may_not(self):
        self.assertIn("connection closed", self.errors(lambda client: client.recv(1000))[0])

    def test_nor_may_it_be_refused(self):
        self.assertIn("nobody listens", self.errors(self.answer, self.refuse)[0])


if __name__ == "__main__":
    unittest.main()
