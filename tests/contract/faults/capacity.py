"""The queue, the time limit of a prediction, and several replicas."""
import http.client
import json
import os
import shutil
import signal
import tempfile
import threading
import time

from harness import PATIENCE, Failure, expect, wait_for
from processes import halt
from workers import faulty, ready


def queued(server):
    """Predictions that still wait, by the record of each."""
    listed = json.loads(server.request("GET", "/predictions?limit=1000")[1])["results"]
    return [one["id"] for one in listed if one["status"] == "starting"]


def fill(server, seconds=30, **more):
    """Takes the only slot."""
    thread = server.in_background(mode="sleep", seconds=seconds, extra={"id": "first"}, **more)
    server.wait_health("BUSY", 5)
    return thread


def ends(thread, wanted, seconds=10):
    thread.join(seconds)
    expect(thread.result is not None, f"no reply: {thread.error}")
    status, reply = thread.result
    expect((status, reply.get("status")) == wanted, f"{status} {reply}")
    return reply


def all_clients_are_served(options):
    """64 clients, one slot, --queue 64: nobody is refused."""
    with ready(options, "--queue", 64) as server:
        before = server.settled_usage()
        statuses, lock = {}, threading.Lock()

        def client():
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            for _ in range(20):
                connection.request("POST", "/predictions", '{"input":{"mode":"ok"}}',
                                   {"Content-Type": "application/json"})
                response = connection.getresponse()
                good = json.loads(response.read()).get("status") == "succeeded"
                with lock:
                    key = (response.status, good)
                    statuses[key] = statuses.get(key, 0) + 1
            connection.close()

        clients = [threading.Thread(target=client) for _ in range(64)]
        start = time.monotonic()
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        took = time.monotonic() - start
        expect(statuses == {(200, True): 64 * 20}, f"{statuses}")
        server.expect_usage(before)
        return f"1280 answers in {took:.1f} s"


def first_come_first_served(options):
    with ready(options, "--queue", 8, "--keep-finished", 100) as server:
        first = fill(server, 0.5)
        waiting = []
        for i in range(6):
            waiting.append(server.in_background(mode="sleep", seconds=0.05,
                                                extra={"id": f"q{i}"}))
            wait_for(lambda n=i + 1: len(queued(server)) == n, 5, "it waits")
        for thread in [first, *waiting]:
            ends(thread, (200, "succeeded"))
        listed = json.loads(server.request("GET", "/predictions")[1])["results"]
        order = sorted((one["started_at"], one["id"]) for one in listed if one["id"][0] == "q")
        expect([name for _, name in order] == [f"q{i}" for i in range(6)], f"{order}")
        one = json.loads(server.request("GET", "/predictions/q5")[1])
        expect(one["metrics"]["predict_time"] < 0.3, f"waiting counts as predict time: {one}")


def refuses_when_full(options):
    with ready(options, "--queue", 2) as server:
        first = fill(server)
        waiting = [server.in_background(mode="ok") for _ in range(2)]
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)

        def refused():
            connection.request("POST", "/predictions", '{"input":{"mode":"ok"}}',
                               {"Content-Type": "application/json", "Prefer": "respond-async"})
            response = connection.getresponse()
            body = json.loads(response.read())
            if response.status == 202:
                raise Failure("it was let in")
            return response.status == 429 and (response.headers["Retry-After"], body)

        time.sleep(0.3)
        after, body = refused()
        expect(1 <= int(after) <= 60 and "queue is full" in body["error"], f"{after} {body}")
        status, _ = server.request("POST", "/predictions", '{"input":{"mode":3}}',
                                   {"Content-Type": "application/json"})
        expect(status == 422, f"a bad input is {status}")
        server.request("POST", "/predictions/first/cancel")
        ends(first, (200, "canceled"))
        for thread in waiting:
            ends(thread, (200, "succeeded"))


def leaves_the_queue(options):
    """A cancel, a client that hangs up (synchronous, stream): each leaves at once."""
    with faulty(options, "--queue", 8, "--keep-finished", 100, model="streaming") as server:
        server.event("setup")
        server.wait_health("READY")
        server.succeeds(count=1)
        before = server.settled_usage()
        header = {"Content-Type": "application/json", "Prefer": "respond-async"}
        body = json.dumps({"id": "first", "input": {"count": 1000, "pause": 0.1}})
        expect(server.request("POST", "/predictions", body, header)[0] == 202, "accepted")
        server.wait_health("BUSY", 5)
        expect(server.request("PUT", "/predictions/async", '{"input":{}}', header)[0] == 202, "")
        expect(server.request("PUT", "/predictions/async", '{"input":{}}', header)[0] == 202,
               "a repeated PUT of one that waits")
        sync = server.in_background(count=1, extra={"id": "sync"})
        sockets = []
        for accept in ("*/*", "text/event-stream"):
            connection = server.socket()
            connection.sendall(f"POST /predictions HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n"
                               "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n"
                               '{"input":{}}  '.encode())
            sockets.append(connection)
        wait_for(lambda: len(queued(server)) == 4, 5, lambda: f"four wait: {queued(server)}")
        for connection in sockets:
            connection.close()
        took = wait_for(lambda: len(queued(server)) == 2, 2, lambda: f"{queued(server)}")
        for name in ("async", "sync"):
            expect(server.request("POST", f"/predictions/{name}/cancel")[0] == 200, name)
        wait_for(lambda: not queued(server), 2, "nobody waits")
        reply = ends(sync, (200, "canceled"), 2)
        expect("output" not in reply, f"{reply}")
        state = json.loads(server.request("GET", "/predictions/async")[1])
        expect(state["status"] == "canceled" and state["started_at"] is None, f"{state}")
        expect(server.health() == "BUSY", "the first one still runs")
        server.request("POST", "/predictions/first/cancel")
        server.wait_health("READY", 5)
        server.expect_usage(before)
        return f"left after {took * 1000:.0f} ms"


def outlives_a_worker(options):
    """Who waits does not notice that the worker died and was replaced."""
    with ready(options, "--queue", 8) as server:
        first = fill(server)
        waiting = [server.in_background(mode="ok") for _ in range(4)]
        time.sleep(0.3)
        os.kill(server.worker(), signal.SIGKILL)
        ends(first, (200, "failed"))
        for thread in waiting:
            ends(thread, (200, "succeeded"))


def no_worker_any_more(options):
    """A worker dies and none can be started: who waits is told why."""
    temp = tempfile.mkdtemp(prefix="cogpp-capacity-")
    environment = {"FAULT_SETUP": "ok throw", "FAULT_COUNTER": os.path.join(temp, "starts")}
    try:
        with faulty(options, "--queue", 8, model="setup", env=environment) as server:
            server.event("setup")
            server.wait_health("READY")
            worker = server.worker()
            halt(worker)
            threads = [server.in_background(mode="ok") for _ in range(4)]
            server.wait_health("BUSY", 5)
            time.sleep(0.2)
            os.kill(worker, signal.SIGKILL)
            errors = [ends(thread, (200, "failed"))["error"] for thread in threads]
            expect(sum("could not be started: " in error and "no weights here" in error
                       for error in errors) == 3, f"{errors}")
            server.wait_health("DEFUNCT", 5)
            expect(server.predict(mode="ok")[0] == 503, "503 without a worker")
    finally:
        shutil.rmtree(temp)


def drains(options):
    """SIGTERM: the queue is served. A second signal: it is failed with the reason."""
    with ready(options, "--queue", 8) as server:
        first = fill(server, 0.5)
        waiting = [server.in_background(mode="ok") for _ in range(4)]
        time.sleep(0.2)
        expect(server.stop() == 0, "exit code")
        for thread in [first, *waiting]:
            ends(thread, (200, "succeeded"))
    with ready(options, "--queue", 8) as server:
        first = fill(server)
        waiting = [server.in_background(mode="ok") for _ in range(4)]
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        expect(server.stop(signal.SIGINT) == 1, "exit code of a forced end")
        for thread in waiting:
            expect("shutting down" in ends(thread, (200, "failed"))["error"], "the reason")


def no_queue_by_default(options):
    with ready(options) as server:
        first = fill(server, 0.5)
        status, reply = server.predict(mode="ok")
        expect(status == 409 and reply["status"] == "failed", f"{status} {reply}")
        ends(first, (200, "succeeded"))


def one_id_at_once(options):
    """12 clients with one id, one slot: it runs once, and nobody is refused."""
    with ready(options) as server:
        def client(start, path, statuses):
            start.wait(10)
            statuses.append(server.predict(path=path, method="PUT", mode="sleep", seconds=30)[0])

        for turn in range(20):
            start, statuses, path = threading.Barrier(12), [], f"/predictions/r{turn}"
            clients = [threading.Thread(target=client, args=(start, path, statuses))
                       for _ in range(12)]
            for one in clients:
                one.start()
            wait_for(lambda: len(statuses) == 11, 20, lambda: f"all but one: {statuses}")
            server.request("POST", path + "/cancel")
            for one in clients:
                one.join()
            expect(sorted(statuses) == [200] + 11 * [202], f"turn {turn}: {statuses}")


def large_id_at_once(options):
    """Two clients with one id, one slot and an input that is long in the writing."""
    with faulty(options, model="soak") as server:
        server.wait_health("READY")
        start, answers, large = threading.Barrier(2), [], "work " + "x" * (20 << 20)

        def client():
            start.wait(10)
            answers.append(server.predict(path="/predictions/large", method="PUT", mode=large,
                                          seconds=3 * PATIENCE)[0])

        clients = [threading.Thread(target=client) for _ in range(2)]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        expect(sorted(answers) == [200, 202], f"{answers}")


def time_limit(options, mode, replaced):
    with ready(options, "--predict-timeout", 0.5, "--cancel-grace", 0.5, "--queue", 4) as server:
        before, worker = server.settled_usage(), server.worker()
        start = time.monotonic()
        second = None
        first = server.in_background(mode=mode, seconds=20)
        server.wait_health("BUSY", 5)
        second = server.in_background(mode="sleep", seconds=0.3)  # Its wait is not its run.
        error = ends(first, (200, "failed"))["error"]
        took = time.monotonic() - start
        expect("0.5 s" in error and "--predict-timeout" in error, error)
        ends(second, (200, "succeeded"))
        expect(took < (3 if replaced else 1), f"{took:.2f} s")
        server.wait_health("READY", 5)
        expect((server.worker() != worker) == replaced, f"replaced: {not replaced}")
        server.expect_usage(before)
        return f"after {took:.2f} s"


def cancel_wins(options):
    """A prediction that was cancelled before its time was over is canceled."""
    with ready(options, "--predict-timeout", 0.6, "--cancel-grace", 0.8) as server:
        first = server.in_background(mode="hang", seconds=20, extra={"id": "first"})
        server.wait_health("BUSY", 5)
        server.request("POST", "/predictions/first/cancel")
        ends(first, (200, "canceled"))


def one_crash_of_three(options):
    with faulty(options, "--replicas", 3) as server:
        server.event("setup")
        wait_for(lambda: len(server.children()) == 3, 5, "three workers")
        wait_for(lambda: three_at_once(server), 10, "three slots")
        before = server.settled_usage()
        sleeping = [server.in_background(mode="sleep", seconds=1.0) for _ in range(2)]
        time.sleep(0.2)
        error = server.fails(mode="signal", n=int(signal.SIGSEGV))
        expect("SIGSEGV" in error, error)
        for thread in sleeping:
            ends(thread, (200, "succeeded"))
        wait_for(lambda: three_at_once(server), 10, "the third one is back")
        server.expect_usage(before)


def serves_while_replicas_die(options):
    """READY as long as one serves; a request never meets a dead one."""
    with faulty(options, "--replicas", 2, "--metrics") as server:
        server.event("setup")
        wait_for(lambda: free_slots(server) == 2, 10, "two workers")
        unready = 0
        for _ in range(10):
            os.kill(server.live_workers()[0], signal.SIGKILL)
            for _ in range(5):
                unready += server.health() != "READY"
                server.predict(mode="ok")
            wait_for(lambda: free_slots(server) == 2, 10, "two workers again")
        expect(unready == 0, f"{unready} times not READY")
        expect(server.stop() == 0, "SIGTERM")


def a_device_each(options):
    """--devices sets the number of replicas, and each worker's --device."""
    with faulty(options, "--devices", "cpu,cpu", "--metrics") as server:
        server.event("setup")
        wait_for(lambda: free_slots(server) == 2, 5, "two workers")
        for pid in server.children():
            with open(f"/proc/{pid}/cmdline") as file:
                arguments = file.read().split("\0")
            expect(arguments[arguments.index("--device") + 1] == "cpu", f"{arguments}")


def broken_replica(options):
    """A device that is not there takes no other replica down, and is tried again."""
    with faulty(options, "--devices", "cpu,cuda:99") as server:
        expect(server.event("setup")["status"] == "succeeded", "one replica is enough")
        server.wait_health("READY", 5)
        for _ in range(5):
            server.succeeds(mode="ok")
        expect(server.health() == "READY", "READY")
        wait_for(lambda: server.log().count('"Setup failed"') >= 3, 5, "it is tried again")


def few_descriptors(options):
    """A low limit of open files means fewer connections, not waits that nothing ends."""
    with ready(options, "--queue", 1000, hard_files=400) as server:
        words = [json.loads(line) for line in server.log().splitlines() if "open few files" in line]
        expect(len(words) == 1, "no warning in the log")
        allowed = words[0]["fields"]["connections"]
        expect(16 <= allowed < 100, f"{words[0]}")
        idle = [server.socket() for _ in range(2 * allowed)]  # The oldest give way.
        first = fill(server, 1)
        waiting = [server.in_background(mode="ok") for _ in range(3 * allowed)]
        for thread in [first, *waiting]:
            ends(thread, (200, "succeeded"), 30)
        for connection in idle:
            connection.close()
        server.wait_health("READY")
        return f"{allowed} connections with 400 files"


def too_few_descriptors(options):
    try:
        faulty(options, "--concurrency", 64, hard_files=400)
    except Failure as failure:
        expect("may open 400 files" in str(failure) and "ulimit -n" in str(failure), f"{failure}")
    else:
        raise Failure("it started")


def free_slots(server):
    return server.metrics()['cogpp_slots{state="free"}']


def three_at_once(server):
    threads = [server.in_background(mode="sleep", seconds=0.1) for _ in range(3)]
    for thread in threads:
        thread.join(10)
    return all(thread.result and thread.result[0] == 200 for thread in threads)


def run(report, options):
    report.run("64 clients, one slot, a queue", all_clients_are_served, options)
    report.run("queue: first come, first served", first_come_first_served, options)
    report.run("queue: 429 when it is full", refuses_when_full, options)
    report.run("queue: who leaves or is cancelled is out", leaves_the_queue, options)
    report.run("queue: the worker dies", outlives_a_worker, options)
    report.run("queue: no worker can be started", no_worker_any_more, options)
    report.run("queue: shutdown", drains, options)
    report.run("no queue by default", no_queue_by_default, options)
    report.run("one id from 12 clients at once", one_id_at_once, options)
    report.run("one id and a large input from two at once", large_id_at_once, options)
    report.run("time limit, the model heeds the cancel", time_limit, options, "sleep", False)
    report.run("time limit, the model hangs", time_limit, options, "hang", True)
    report.run("time limit, cancelled before", cancel_wins, options)
    report.run("descriptors: few", few_descriptors, options)
    report.run("descriptors: too few", too_few_descriptors, options)
    report.run("replicas: one crashes, the others serve", one_crash_of_three, options)
    report.run("replicas: READY while one is replaced", serves_while_replicas_die, options)
    report.run("replicas: a device each", a_device_each, options)
    report.run("replicas: one cannot start", broken_replica, options)
