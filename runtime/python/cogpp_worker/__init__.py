"""cogpp's worker for predictors that are written in Python.

`python -m cogpp_worker` is started by cogpp-server and speaks docs/worker-protocol.md.
It loads the model's own Python file, which uses the official `cog` package, and runs
its predictions. Standard library only.
"""

__version__ = "0.1.0"
