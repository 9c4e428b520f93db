"""Each step of tools/bootstrap that fails ends it with one line that says what to do. The
programs that would install something are stand-ins here; nothing is installed.
Usage: bootstrap_failures.py ROOT"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv[1])
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
HOST = dict(line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
BUILDS_CATCH2 = HOST.get("VERSION_ID", "").strip('"') == "12"

# A host where every package is there and every download comes.
STAND_INS = {
    "dpkg-query": "echo install ok installed",
    "apt-get": 'case "$*" in indextargets*) echo http://mirror.invalid/%s/ ;; *source*) touch x.dsc ;; esac'
               % HOST.get("ID", ""),
    "dpkg-source": 'for last; do :; done; mkdir -p "$last"; touch "$last/httplib.h"',
    "cmake": ":",
}


class Bootstrap(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="cogpp-bootstrap-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.cache = self.root / "cache/cogpp"
        self.cache.mkdir(parents=True)
        (self.root / "tmp").mkdir()
        self.environment = {"PATH": f"{self.root}/bin:{SYSTEM_PATH}", "HOME": str(self.root), "LANG": "C.UTF-8",
                            "XDG_CACHE_HOME": str(self.root / "cache"), "TMPDIR": str(self.root / "tmp")}
        for name, script in STAND_INS.items():
            self.program(self.root / "bin" / name, script)
        printed = self.run_bootstrap("--print-prefix").stdout.splitlines()
        self.deps, self.torch = map(pathlib.Path, printed)
        self.cog = pathlib.Path(self.run_bootstrap("--print-python-cog").stdout.strip())

    def program(self, path, script):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def file(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def have_libraries(self):
        self.file(self.deps / "include/httplib.h")
        self.file(self.deps / "lib/cmake/Catch2/Catch2Config.cmake")

    def run_bootstrap(self, *options):
        return subprocess.run([ROOT / "tools/bootstrap", *options], env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)

    def ends_with(self, line, *options):
        """The run fails, and its last line is this one; `…` is any text. Gives all it said."""
        finished = self.run_bootstrap(*options)
        self.assertEqual(finished.returncode, 1, finished)
        pattern = ".*".join(map(re.escape, ("bootstrap: error: " + line).split("…")))
        self.assertRegex(finished.stderr.splitlines()[-1], f"^{pattern}$", finished.stderr)
        return finished.stderr

    def test_options_and_a_cache_that_cannot_be_written(self):
        self.ends_with("unknown option '--nothing'", "--nothing")
        self.cache.rmdir()
        self.file(self.cache)
        self.ends_with(f"cannot write to {self.cache}; make it writable, or name another place with XDG_CACHE_HOME")
        self.environment["TMPDIR"] = str(self.root / "none")
        self.cache.unlink()
        self.ends_with("failed: …mktemp…; mend what the line above says and run tools/bootstrap again", "--no-torch")

    def test_packages(self):
        self.program(self.root / "bin/dpkg-query", "exit 1")
        self.program(self.root / "bin/apt-get", '[ "$1" = update ]')
        self.program(self.root / "bin/id", "echo 0")
        self.ends_with("run: apt-get install g++ …espeak-ng", "--no-torch")
        self.program(self.root / "bin/apt-get", "exit 100")
        self.ends_with("'apt-get update' failed; check the network and /etc/apt", "--no-torch")
        if not shutil.which("sudo", path=SYSTEM_PATH):
            self.program(self.root / "bin/id", "echo 1000")
            self.ends_with("root is needed; run as root: apt-get update -qq…", "--no-torch")

    def test_sources(self):
        self.file(self.deps / "include")
        self.ends_with(f"could not copy httplib.h to {self.deps}/include; make room there, or move what is in the way",
                       "--no-torch")
        self.program(self.root / "bin/dpkg-source", "exit 2")
        self.ends_with("could not fetch the source package cpp-httplib of … from http://mirror.invalid/…; "
                       "check the network", "--no-torch")

    @unittest.skipUnless(BUILDS_CATCH2, "this host has a package of Catch2 3")
    def test_catch2(self):
        self.file(self.deps / "include/httplib.h")
        self.program(self.root / "bin/cmake", 'echo "No space left on device"; exit 1')
        err = self.ends_with("could not build Catch2 in …; mend what the lines above say and run tools/bootstrap again",
                             "--no-torch", "--tests")
        self.assertIn("\nNo space left on device\n", err)

    def test_python_environments(self):
        self.have_libraries()
        self.file(self.torch)
        try_this = "could not make the Python environment %s; try: rm -rf %s && /usr/bin/python3 -m venv %s"
        last = "libtorch is not in place; do what the line about it above says"
        self.assertIn(try_this % ((self.torch,) * 3), self.ends_with(last))
        self.torch.unlink()
        self.program(self.torch / "bin/pip", "exit 1")
        self.assertIn(f"; run: {self.torch}/bin/pip install torch==", self.ends_with(last))

        self.file(self.cog)
        self.ends_with(try_this % ((self.cog,) * 3), "--no-torch", "--tests")
        self.cog.unlink()
        self.program(self.cog / "bin/pip", "exit 1")
        self.ends_with(f"pip could not install cog==…; run: {self.cog}/bin/pip install …", "--no-torch", "--tests")

    def test_what_only_all_needs(self):
        self.have_libraries()
        [version] = re.findall(r"^readonly cog_version=(\S+)", (ROOT / "tools/bootstrap").read_text(), re.MULTILINE)
        self.file(self.cog / f".cogpp-{version}")
        # A host without the package of perf does without.
        self.program(self.root / "bin/dpkg-query",
                     'case "$*" in *linux-perf* | *linux-tools*) exit 1 ;; *) echo install ok installed ;; esac')
        self.program(self.root / "bin/apt-get", "exit 100")
        self.program(self.root / "bin/id", "echo 0")
        self.program(self.root / "bin/python3", "exit 1")
        err = self.ends_with("Cog's own server could not be installed; run: bench/cog_venv", "--no-torch", "--all")
        self.assertRegex(err, r"without linux-(perf|tools-generic): only profiling needs it\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
