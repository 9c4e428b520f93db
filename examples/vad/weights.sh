#!/usr/bin/env bash
# Puts the weights, silero_vad.jit (2.3 MB, MIT), beside this script. They come out of
# the Python package silero-vad: an installed one (PYTHON names the interpreter), else
# the one that pip downloads.
set -euo pipefail
cd "$(dirname "$0")"
[ -f silero_vad.jit ] && exit 0

python="${PYTHON:-python3}"
installed="$("$python" - <<'END'
import importlib.util
import os

package = importlib.util.find_spec("silero_vad")
print(os.path.join(os.path.dirname(package.origin), "data", "silero_vad.jit") if package else "")
END
)"
if [ -f "$installed" ]; then
  cp "$installed" silero_vad.jit.part
else
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  "$python" -m pip download --quiet --no-deps --dest "$work" silero-vad==6.2.3
  "$python" -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("silero_vad/data/silero_vad.jit"))' \
    "$work"/silero_vad-*.whl >silero_vad.jit.part
fi
mv silero_vad.jit.part silero_vad.jit
