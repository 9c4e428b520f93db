"""Small file systems that are soon full. Only root can mount them."""

import contextlib
import subprocess

from scenario import check, contains, need_root


def says_full(text, *parts):
    """The text says so; Go's programs, and those that speak as they do, in lower case."""
    for part in ("no space left on device", *parts):
        contains(text.lower(), part)


@contextlib.contextmanager
def small_disk(place, size):
    """A file system of that many bytes; yields a function that gives it another size."""
    need_root("mount a small file system for this test")
    place.mkdir(exist_ok=True)

    def mount(*words):
        done = subprocess.run(["mount", *words, str(place)], capture_output=True, text=True)
        check(done.returncode == 0, f"mount: {done.stderr}")

    mount("-t", "tmpfs", "-o", f"size={size}", "none")
    try:
        yield lambda larger: mount("-o", f"remount,size={larger}")
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
