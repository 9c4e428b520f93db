#!/usr/bin/env bash
# Tests images on a machine with an NVIDIA GPU: builds examples/vad twice, with and without
# `gpu: true`, runs the one on CUDA and the other on the CPU, and compares what they find.
# Exits with 77 where there is no GPU, or no engine that gives it to containers.
#
# Usage: tests/gpu/container.sh [--cogpp PROGRAM] [--engine ENGINE] [--keep]
#   --cogpp PROGRAM  an installed cogpp (default: the one in PATH)
#   --engine ENGINE  docker or podman, with NVIDIA's container toolkit (default: docker)
#   --keep           leave the images to the engine
#
# Needs the package index (libtorch's and NVIDIA's libraries, about 3 GB, and silero-vad),
# espeak-ng, and 20 GB of the engine's disk.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cogpp=cogpp engine=docker keep=0

die() { printf 'tests/gpu/container.sh: %s\n' "$*" >&2; exit 1; }
skip() { printf 'skipped: %s\n' "$*"; exit 77; }
while [ $# -gt 0 ]; do
  case "$1" in
    --cogpp) cogpp="${2:?--cogpp needs a program}"; shift 2 ;;
    --engine) engine="${2:?--engine needs a name}"; shift 2 ;;
    --keep) keep=1; shift ;;
    --help | -h) sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) die "unknown option '$1'; see --help" ;;
  esac
done

command -v "$cogpp" >/dev/null || die "'$cogpp' is missing: install cogpp, or pass --cogpp"
command -v espeak-ng >/dev/null || die "espeak-ng is missing: apt-get install espeak-ng"
nvidia-smi --list-gpus >/dev/null 2>&1 || skip "nvidia-smi finds no GPU"
"$engine" version >/dev/null 2>&1 || skip "$engine does not answer"

folder="$(mktemp -d)"
name="cogpp-gpu-test-$$"
serving=''
clean_up() {
  [ -z "$serving" ] || { kill "$serving" 2>/dev/null || true; wait "$serving" || true; }
  [ "$keep" = 1 ] || "$engine" rmi --force "$name:cuda" "$name:cpu" >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap clean_up EXIT

cp -r "$root/examples/vad/." "$folder"
cd "$folder"
./weights.sh
./record.sh
config="$(cat cog.yaml)"
for device in cpu cuda; do
  gpu=false
  [ "$device" = cpu ] || gpu=true
  printf '%s\nbuild: { gpu: %s }\n' "$config" "$gpu" >cog.yaml
  echo "== build for $device"
  "$cogpp" build --engine "$engine" --tag "$name:$device" --progress plain
  label="$("$engine" inspect --format '{{index .Config.Labels "run.cogpp.device"}}' "$name:$device")"
  [ "$label" = "$device" ] || die "the image for $device has the label run.cogpp.device=$label"
  "$engine" image inspect --format "size of the image for $device: {{.Size}} bytes" "$name:$device"
done
"$engine" run --rm --gpus all --entrypoint /bin/sh "$name:cuda" -c 'test -e /dev/nvidiactl' ||
  skip "$engine gives containers no GPU: install NVIDIA's container toolkit"

echo "== predict on both"
"$cogpp" predict --engine "$engine" "$name:cpu" -i audio=@recording.wav -o cpu.json
"$cogpp" predict --engine "$engine" "$name:cuda" --gpus all -i audio=@recording.wav -o cuda.json
python3 - <<'PYTHON'
import json

cpu, cuda = (json.load(open(f"{device}.json", encoding="utf-8")) for device in ("cpu", "cuda"))
assert cpu, "no speech was found in the recording"
assert len(cpu) == len(cuda), f"{len(cpu)} stretches of speech on the CPU, {len(cuda)} on CUDA"
for ours, theirs in zip(cuda, cpu):
    for key in ("start", "end"):
        # A window is 32 ms; where a probability is near the limit one may go either way.
        assert abs(ours[key] - theirs[key]) <= 0.04, f"CUDA {ours}, CPU {theirs}"
print(f"the same {len(cpu)} stretches of speech")
PYTHON

echo "== the GPU is used"
"$cogpp" serve --engine "$engine" "$name:cuda" --gpus all -p 0 2>serve.log &
serving=$!
for _ in $(seq 600); do
  container="$("$engine" ps --quiet --filter "ancestor=$name:cuda" | head -1)"
  address="$(sed -n 's/^Serving at \([^ ]*\).*/\1/p' serve.log)"
  if [ -n "$container" ] && [ -n "$address" ] &&
    curl -fsS "$address/health-check" 2>/dev/null | grep -q '"status":"READY"'; then break; fi
  kill -0 "$serving" 2>/dev/null || { cat serve.log >&2; die "cogpp serve ended"; }
  sleep 0.5
done
"$engine" exec "$container" /bin/sh -c 'grep -ql libtorch_cuda.so /proc/[0-9]*/maps && grep -ql nvidia /proc/[0-9]*/maps' ||
  { cat serve.log >&2; die "no process in the container has CUDA's libraries loaded"; }
echo "passed"
