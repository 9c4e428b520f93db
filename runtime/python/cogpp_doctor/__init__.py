"""What `cogpp doctor` finds in a project's Python files, and mends with --fix (cog-cli §12).

The files are read, never run. findings() looks; a finding that can be mended carries the
edits that do it, and mend() makes them. Standard library alone.
"""

from .edits import Edit, mend
from .rules import Finding, findings

__all__ = ["Edit", "Finding", "findings", "mend"]
