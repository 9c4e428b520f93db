"""Compiling once: the second prediction runs no compiler, and a copy none either."""

import shutil
import time

from scenario import Scenario, check, contains, equal

ECHO = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

with Scenario(predictor=ECHO) as s:
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
    log = s.root / "compiler.log"
    compiler = s.root / "compiler"
    compiler.write_text(f'#!/bin/sh\necho run >>{log}\nexec g++ "$@"\n')
    compiler.chmod(0o755)
    s.environment["CXX"] = str(compiler)

    def compilations():
        return log.read_text().count("run") if log.exists() else 0

    equal(s.ok("predict", "-i", "text=a"), "a\n")
    equal(compilations(), 1)
    equal(s.ok("predict", "-i", "text=b"), "b\n")
    s.ok("schema")
    equal(compilations(), 1, "compilations of an unchanged source")
    times = []
    for _ in range(5):
        began = time.monotonic()
        s.ok("predict", "-i", "text=b")
        times.append(time.monotonic() - began)
    print(f"cached: {sorted(times)[2] * 1000:.0f} ms")  # the target is 120 on an idle machine

    # The same content under another name, and back again.
    shutil.copytree(s.project, s.root / "copy")
    equal(s.ok("predict", "-i", "text=c", cwd=s.root / "copy"), "c\n")
    equal(compilations(), 1, "compilations of a copy")
    s.write("predict.cpp", ECHO.replace("return text", 'return "2" + text'))
    equal(s.ok("predict", "-i", "text=d"), "2d\n")
    equal(compilations(), 2)
    s.write("predict.cpp", ECHO)
    equal(s.ok("predict", "-i", "text=e"), "e\n")
    equal(compilations(), 2, "compilations of a source that was built before")

    # Flags and the compiler itself count.
    s.environment["CXXFLAGS"] = "-DUNUSED=1"
    equal(s.ok("predict", "-i", "text=f"), "f\n")
    equal(compilations(), 3)

    # A cache that cannot be written is named.
    s.environment["XDG_CACHE_HOME"] = "/proc/nowhere"
    contains(s.fails("predict", "-i", "text=g"), "/proc/nowhere")
    check(not list((s.root / "cache/cogpp/native/work").iterdir()), "work directories are gone")
