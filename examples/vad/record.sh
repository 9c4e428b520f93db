#!/usr/bin/env bash
# Makes a recording to try the example with: three sentences with pauses, spoken by
# espeak-ng. Usage: record.sh [FILE]
set -euo pipefail
file="${1:-$(dirname "$0")/recording.wav}"
command -v espeak-ng >/dev/null || { echo "record.sh: install espeak-ng" >&2; exit 1; }
espeak-ng -m -s 140 -w "$file" '<speak>
  The quick brown fox jumps over the lazy dog. <break time="1500ms"/>
  She sells sea shells by the sea shore. <break time="2000ms"/>
  How much wood would a woodchuck chuck? <break time="1000ms"/>
</speak>'
