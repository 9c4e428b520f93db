"""Processes as /proc shows them."""
import os
import signal
import time

HALT_TIMEOUT_S = 30


def proc_stat(pid):
    """Fields of /proc/PID/stat (or of PID/task/THREAD) after the name, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def alive(pid):
    """Neither gone nor a zombie."""
    stat = proc_stat(pid)
    return stat is not None and stat[0] != "Z"


def children(parent):
    """The ids of its children, the ended ones that it has not reaped as well."""
    stats = ((int(name), proc_stat(name)) for name in os.listdir("/proc") if name.isdigit())
    return [pid for pid, stat in stats if stat and int(stat[1]) == parent]


def halt(pid):
    """Stops the process. Each of its threads stops at its own next moment in the kernel."""
    os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + HALT_TIMEOUT_S
    while not _stopped(pid):
        if time.monotonic() > end:
            raise TimeoutError(f"process {pid} has not stopped within {HALT_TIMEOUT_S} s")
        time.sleep(0.001)


def _stopped(pid):
    stats = [proc_stat(f"{pid}/task/{thread}") for thread in os.listdir(f"/proc/{pid}/task")]
    return all(stat and stat[0] == "T" for stat in stats)
