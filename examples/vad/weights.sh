#!/usr/bin/env bash
# Puts the weights, silero_vad.jit (2.3 MB, MIT), beside this script. They come out of
# the Python package silero-vad: an installed one, else the one that pip downloads.
# PYTHON names the interpreter; without it that of libtorch's environment in the cache
# of cogpp is asked first, then python3.
set -euo pipefail
cd "$(dirname "$0")"
[ -f silero_vad.jit ] && exit 0

work="$(mktemp -d)"
trap 'rm -rf "$work" silero_vad.jit.part' EXIT

# copy_installed PYTHON: the file of the package that PYTHON has.
copy_installed() {
  local installed
  installed="$("$1" - <<'END'
import importlib.util
import os

package = importlib.util.find_spec("silero_vad")
print(os.path.join(os.path.dirname(package.origin), "data", "silero_vad.jit") if package else "")
END
)" && [ -f "$installed" ] && cp "$installed" silero_vad.jit.part
}

# download PYTHON: the file of the package that PYTHON's pip downloads.
download() {
  "$1" -c 'import pip' 2>"$work/errors" &&
    "$1" -m pip download --quiet --no-deps --dest "$work" silero-vad==6.2.3 &&
    "$1" -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("silero_vad/data/silero_vad.jit"))' \
      "$work"/silero_vad-*.whl >silero_vad.jit.part
}

if [ -n "${PYTHON:-}" ]; then
  pythons=("$PYTHON")
else
  pythons=("${XDG_CACHE_HOME:-$HOME/.cache}"/cogpp/torch-*/bin/python python3)
fi
for step in copy_installed download; do
  for python in "${pythons[@]}"; do
    command -v "$python" >/dev/null || continue
    if "$step" "$python"; then
      mv silero_vad.jit.part silero_vad.jit
      exit 0
    fi
  done
done
echo "weights.sh: no silero-vad, and no pip that can fetch it, in ${pythons[*]}; name another Python with PYTHON=/path/to/python" >&2
exit 1
