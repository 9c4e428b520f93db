"""What this machine says to pip and uv, kept from a scenario."""

import os
import subprocess
import sys


def without_uv(scenario):
    """A PATH that has none, and a cache of its own."""
    folders = [folder for folder in os.environ["PATH"].split(":") if not os.path.exists(f"{folder}/uv")]
    scenario.environment["PATH"] = ":".join(folders)
    scenario.environment["XDG_CACHE_HOME"] = str(scenario.root / "cache")


def tell_nothing(scenario):
    """No variable or file of pip's or uv's. Only the certificates that pip is told of are trusted still, in the
    variables that both read without being told."""
    asked = subprocess.run([sys.executable, "-m", "pip", "config", "get", "global.cert"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    certificates = os.environ.get("PIP_CERT") or asked.stdout.strip()
    for name in list(scenario.environment):
        if name.startswith(("PIP_", "UV_")):
            del scenario.environment[name]
    scenario.environment["PIP_CONFIG_FILE"] = os.devnull
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        if certificates:
            scenario.environment.setdefault(name, certificates)
