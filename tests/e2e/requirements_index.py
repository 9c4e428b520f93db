"""What the engine is asked to install: cog.yaml's requirements, with the index that has the
PyTorch of the project's CUDA. A program in the engine's place keeps what it is given."""

import stat

from dockerfiles import project
from scenario import Scenario, check, contains, equal

CPU = "--extra-index-url https://download.pytorch.org/whl/cpu/"
OWN = "--extra-index-url=https://packages.example.com/"


def cuda(version):
    return f"--extra-index-url https://download.pytorch.org/whl/cu{version}/"


# requirements, build, lines of the file
CASES = [
    (["torch==2.3.0", "pandas==1.2.0.12"], {}, [CPU, "torch==2.3.0", "pandas==1.2.0.12"]),
    (["numpy", "torch==2.3.0"], {"gpu": True}, [cuda(121), "numpy", "torch==2.3.0"]),
    (["torch==2.3.0"], {"gpu": True, "cuda": "11.8"}, [cuda(118), "torch==2.3.0"]),
    (["torch==2.5.1", "torchvision==0.20.1"], {"gpu": True}, [cuda(124), "torch==2.5.1", "torchvision==0.20.1"]),
    (["torch==2.5.1"], {"gpu": True, "cuda": "12.2"}, [cuda(121), "torch==2.5.1"]),  # the newest that it can run
    (["torch==2.9.1+cu130"], {"gpu": True}, [cuda(130), "torch==2.9.1"]),
    (["torch==2.9.1+cu126", "torchvision==0.24.1+cu126"], {"gpu": True},
     [cuda(126), "torch==2.9.1", "torchvision==0.24.1"]),
    (["torchvision==0.24.1"], {}, [CPU, "torchvision==0.24.1"]),
    (["torchaudio==2.3.0"], {}, ["torchaudio==2.3.0"]),
    (["torch>=2.3"], {}, ["torch>=2.3"]),
    (["six", "# no", "", "humanize  # why"], {}, ["six", "humanize"]),
    (["six==1.17.0 \\", "  ; python_version > '3'"], {}, ["six==1.17.0 ; python_version > '3'"]),
    (["git+https://example.com/a.git#egg=a"], {}, ["git+https://example.com/a.git#egg=a"]),
    (["torch==2.3.0", OWN], {}, [CPU, "torch==2.3.0", OWN]),
    (["torch==2.3.0", "cog==0.9"], {}, [CPU, "torch==2.3.0"]),
    (["-e ."], {}, None),
]

with Scenario() as s:
    kept = s.root / "kept"
    recorder = s.root / "recorder"
    recorder.write_text(f"""#!/bin/sh
for context; do :; done
case "$1" in
  version) echo "20.10.24 20.10.24" ;;
  inspect) echo '[{{"Id": "sha256:0"}}]' ;;
  build) cp "$context/build/requirements.txt" "{kept}"; exit 1 ;;
  *) exit 1 ;;
esac
""")
    recorder.chmod(recorder.stat().st_mode | stat.S_IXUSR)
    for requirements, build, lines in CASES:
        project(s, requirements, build)
        kept.unlink(missing_ok=True)
        contains(s.fails("build", "--engine", str(recorder)), "Failed to build Docker image")
        what = f"requirements of {requirements}, {build}"
        if lines is None:
            check(not kept.exists(), what)
        else:
            equal([" ".join(line.split()) for line in kept.read_text().splitlines()], lines, what)
    check(not (s.project / ".cog/build").exists(), "the build's files were left behind")
