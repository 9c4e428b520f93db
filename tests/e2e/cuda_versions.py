"""Which of NVIDIA's images a project with a GPU begins with: by CUDA, cuDNN, PyTorch and
TensorFlow."""

from dockerfiles import base, project
from scenario import Scenario, equal, matches

CHOSEN = [  # requirements, build, the image
    ([], {}, r"11\.8\.0-cudnn8-devel-ubuntu22\.04"),
    ([], {"cuda": "12.1"}, r"12\.1\.1-cudnn8-devel-ubuntu22\.04"),
    ([], {"cuda": "12.1.1"}, r"12\.1\.1-cudnn8-devel-ubuntu22\.04"),
    ([], {"cuda": "12.1", "cudnn": "8"}, r"12\.1\.1-cudnn8-devel-ubuntu22\.04"),
    ([], {"cuda": "12.4"}, r"12\.4\.1-cudnn-devel-ubuntu22\.04"),
    ([], {"cuda": "12.6"}, r"12\.6\.\d-cudnn-devel-ubuntu24\.04"),
    ([], {"cuda": "13.0"}, r"13\.0\.\d-cudnn-devel-ubuntu24\.04"),
    (["torch==1.11.0"], {}, r"11\.3\.1-cudnn8-devel-ubuntu20\.04"),
    (["torch==1.13.1"], {}, r"11\.7\.1-cudnn8-devel-ubuntu22\.04"),
    (["torch==2.0.1"], {}, r"11\.8\.0-cudnn8-devel-ubuntu22\.04"),
    (["torch==2.3.0"], {}, r"12\.1\.1-cudnn8-devel-ubuntu22\.04"),
    (["torch==2.5.1"], {}, r"12\.4\.1-cudnn-devel-ubuntu22\.04"),
    (["torch==2.7.1"], {}, r"12\.8\.\d-cudnn-devel-ubuntu24\.04"),
    (["torch==2.9.1"], {}, r"13\.0\.\d-cudnn-devel-ubuntu24\.04"),
    (["torch==2.5.1"], {"cuda": "11.8"}, r"11\.8\.0-cudnn8-devel-ubuntu22\.04"),
    (["torch==2.1.0+cu118"], {}, r"11\.8\.0-cudnn8-devel-ubuntu22\.04"),
    (["torch>=2.3"], {}, r"12\.1\.1-cudnn8-devel-ubuntu22\.04"),  # its first version counts
    (["torchmetrics==1.0", "torchvision==0.18.0"], {}, r"11\.8\.0-cudnn8-devel-ubuntu22\.04"),  # not torch
    (["tensorflow==2.12.0"], {}, r"11\.8\.0-cudnn8-devel-ubuntu22\.04"),
    (["tensorflow==2.15.0", "torch==2.0.1"], {}, r"12\.2\.\d-cudnn8-devel-ubuntu22\.04"),  # TensorFlow first
]
with Scenario() as s:
    for requirements, build, image in CHOSEN:
        project(s, requirements, {"gpu": True, **build})
        matches(base(s.ok("debug")), f"^nvidia/cuda:{image}$")

    # None of it counts without a GPU.
    project(s, ["torch"], {"cuda": "12.1"})
    equal(base(s.ok("debug")), "python:3.12-slim")
