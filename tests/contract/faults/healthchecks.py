"""Health checks that crash, hang or are never answered."""
import json
import os
import subprocess
import threading
import time

from harness import expect
from protocol import Fake
from workers import faulty, recovers


def model(options):
    server = faulty(options, model="healthcheck")
    server.event("setup")
    server.wait_health("READY")
    server.succeeds(mode="ok")
    return server


def document(server):
    return json.loads(server.request("GET", "/health-check")[1])


def crashes(options):
    with model(options) as server:
        before, worker = server.settled_usage(), server.worker()
        server.succeeds(mode="crash")
        health = document(server)
        expect(health["status"] == "UNHEALTHY", health["status"])
        expect(health["user_healthcheck_error"] == "Worker crashed", str(health))
        return recovers(server, worker, before)


class Waiting:
    """Three requests at once, which get the same answer after the time limit."""

    def __init__(self, server):
        self.answers = []
        self.start = time.monotonic()
        self.threads = [threading.Thread(target=lambda: self.answers.append(document(server)))
                        for _ in range(3)]
        for thread in self.threads:
            thread.start()

    def expect(self, error, low, high):
        for thread in self.threads:
            thread.join(20)
        took = time.monotonic() - self.start
        expect(len(self.answers) == 3, f"{len(self.answers)} answers")
        for health in self.answers:
            expect(health.get("user_healthcheck_error") == error, str(health))
            expect(health["status"] == "UNHEALTHY", health["status"])
        expect(low < took < high, f"answered after {took:.2f} s")
        return f"answered after {took:.2f} s"


def hangs(options):
    with model(options) as server:
        server.succeeds(mode="hang")
        waiting = Waiting(server)
        server.succeeds(mode="hang")
        note = waiting.expect(
            "Healthcheck failed: user-defined healthcheck timed out after 5.0 seconds", 4.9, 6)
        server.succeeds(mode="hang")
        start = time.monotonic()
        expect(server.stop() == 0, "the exit code")
        expect(time.monotonic() - start < 5, "a hanging health check held up the end")
        return note


def silent(options):
    with Fake(options, "ignores_health") as server:
        server.event("setup")
        waiting = Waiting(server)
        server.succeeds(text="x")
        note = waiting.expect("healthcheck timed out", 9.8, 11.5)
        server.succeeds(text="y")
        server.expect_alive()
        return note


def uninvited(options):
    """Answers to questions that nobody asked are left alone."""
    with Fake(options, "health_unasked") as server:
        server.event("setup")
        server.wait_health("READY", 2)
        worker = server.worker()
        server.succeeds(text="x")
        expect(server.worker() == worker, "the same worker")


RUN = os.path.realpath("/var/run")


def with_own_run(mount_options):
    """The command that gives its own command an empty /var/run; None where nobody may."""
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    mount = f'mount -t tmpfs -o {mount_options} none {RUN} && exec "$@"'
    prefix = [*unshare, "sh", "-c", mount, "sh"]
    return prefix if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0 else None


def kubernetes(options):
    """The file is made when a ready model is asked for its health, and only in Kubernetes; a folder
    that cannot be written to costs nothing but one warning."""
    for mount_options, host, made in (("rw", "10.0.0.1", True), ("rw", None, False),
                                      ("ro", "10.0.0.1", False)):
        prefix = with_own_run(mount_options)
        if prefix is None:
            return "not run: no mount namespace may be made here"
        env = {"KUBERNETES_SERVICE_HOST": host} if host else {}
        with faulty(options, prefix=prefix, env=env) as server:
            server.event("setup")
            found = f"/proc/{server.pid}/root{RUN}/cog/ready"
            expect(not os.path.exists(found), "the file is there before anybody asked")
            for _ in range(3):
                server.wait_health("READY")
            expect(os.path.exists(found) == made, f"{mount_options} {host}: {found}")
            told = [line for line in server.log().splitlines() if "/var/run/cog/ready" in line]
            expect(len(told) == (mount_options == "ro"), f"{told}")
            server.succeeds(mode="ok")
    return None


def run(report, options):
    report.run("health check crashes", crashes, options)
    report.run("health check hangs", hangs, options)
    report.run("health check is ignored", silent, options)
    report.run("health check unasked", uninvited, options)
    report.run("health: the file for Kubernetes", kubernetes, options)
