"""What this machine says to pip and uv, kept from a scenario; wheels for them to install."""

import os
import subprocess
import sys
import zipfile


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


def write_wheel(folder, name, version, files):
    """A wheel with these modules, by name, for every Python."""
    folder.mkdir(parents=True, exist_ok=True)
    information = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
        wheel.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{information}/WHEEL",
                       "Wheel-Version: 1.0\nGenerator: own\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")
