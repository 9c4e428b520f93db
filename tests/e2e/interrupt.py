"""Ctrl-C at any moment ends everything, and so does a kill of the command itself."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

from scenario import Scenario, check, contains, stop, wait_for

SLOW = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

class Predictor {
 public:
  void setup() { pause("setup"); }
  std::string predict(const std::string& where) {
    std::ofstream(cogpp::current().directory() / "left.txt") << "x";
    pause("predict");
    return where;
  }

 private:
  // Waits for ever at the place that the project's file `pause` names.
  static void pause(const std::string& place) {
    std::string wanted;
    std::ifstream("pause") >> wanted;
    std::ofstream("reached") << place;
    while (wanted == place) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("where"));
"""

# Takes the compiler long enough to be caught at it.
COMPILE = """
#include <cogpp/predictor.hpp>
#include <string>
template <int N> struct Tree { static constexpr int value = Tree<N - 1>::value + Tree<N - 2>::value % 7; };
template <> struct Tree<0> { static constexpr int value = 0; };
template <> struct Tree<1> { static constexpr int value = 1; };
constexpr long spin() { long n = 0; for (long i = 0; i < 30000000; ++i) n += i % 3; return n; }
class Predictor {
 public:
  std::string predict(const std::string& where) { constexpr long n = spin(); return where + std::to_string(n); }
};
COGPP_PREDICTOR(Predictor, cogpp::input("where"));
"""


def all_gone(s, seconds=10):
    wait_for(lambda: not s.processes(), f"no process is left; there are {s.processes()}", seconds)


for place in ("setup", "predict"):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with Scenario(predictor=SLOW) as s:
            s.write("pause", place)
            process = s.start("predict", "-i", "where=x")
            reached = s.project / "reached"
            wait_for(lambda: reached.exists() and reached.read_text() == place, f"{place} runs")
            status = stop(process, number)
            check(status == (-9 if number == signal.SIGKILL else 1), f"status {status}")
            if number != signal.SIGKILL:
                contains(process.stderr.read().decode(), "Interrupted")
                check(not s.processes(), f"{place}, {number}: {s.processes()} outlived the command")
            all_gone(s)

for number in (signal.SIGINT, signal.SIGTERM):
    with Scenario(predictor=COMPILE) as s:
        # -fconstexpr-ops-limit keeps the compiler busy for many seconds.
        s.environment["CXXFLAGS"] = "-fconstexpr-ops-limit=1000000000 -fconstexpr-loop-limit=100000000"
        s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
        process = s.start("predict", "-i", "where=x")
        wait_for(lambda: len(s.processes()) >= 2, "the compiler runs")
        time.sleep(0.3)
        check(stop(process, number) == 1, "status")
        contains(process.stderr.read().decode(), "Interrupted")
        # Killed with the command; the kernel takes a moment to bury a busy compiler.
        wait_for(lambda: not s.processes(), "the compiler ends with the command", seconds=5)
        left = [path for path in (s.root / "cache").rglob("*") if path.is_file()]
        check(not left, f"a half-made build was left behind: {left}")

# A server that does not end is killed after a while; what it kept for itself goes all the same.
with Scenario(predictor=SLOW) as s:
    s.write("pause", "setup")
    process = s.start("predict", "-i", "where=x")
    wait_for(lambda: (s.project / "reached").exists(), "set-up runs")
    check(list(s.temporary.glob("cogpp-server-*")), "the server has a directory of its own")
    for pid in s.processes():
        if b"cogpp-server" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
            os.kill(pid, signal.SIGSTOP)
    check(stop(process) == 1, "status")
    all_gone(s)
    check(not list(s.temporary.glob("cogpp-server-*")), "the killed server's directory stayed")

# serve while it is setting up.
with Scenario(predictor=SLOW) as s:
    s.write("pause", "setup")
    process = s.start("serve", "-p", "0")
    wait_for(lambda: (s.project / "reached").exists(), "set-up runs")
    check(stop(process) == 0, "Ctrl-C is how serve ends")
    check(not s.processes(), f"{s.processes()} outlived serve")

# Where the inputs are to come from standard input, and do not.
with Scenario(predictor=SLOW) as s:
    process = s.start("predict", "--json", "-", stdin=subprocess.PIPE)
    files = pathlib.Path(f"/proc/{process.pid}/fd")

    def waits():
        with contextlib.suppress(FileNotFoundError):
            return [fd.readlink() for fd in files.iterdir()].count((files / "0").readlink()) > 1

    wait_for(lambda: process.poll() is not None or waits(), "it reads standard input")
    check(stop(process) == 1, "status")
    contains(process.stderr.read().decode(), "Interrupted")
