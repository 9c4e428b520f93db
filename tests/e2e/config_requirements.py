"""Requirements that an image cannot have are refused with the line that says so."""

import zipfile

from dockerfiles import project
from scenario import Scenario, contains, equal

REFUSED = [
    ("file:///tmp/a.whl", "local file URL requirements are not supported: file:///tmp/a.whl"),
    ("six @ ./own.whl", "local direct reference requirements (`name @ path`) are not supported; list the path directly "
     "instead: six @ ./own.whl"),
    ("-f ./folder", 'local requirements option "-f" is not supported: -f ./folder'),
    ("--find-links=./folder", 'local requirements option "--find-links" is not supported: '),
    # Judged by their form: what is not there is no package of an index either.
    ("six @ ./gone.whl", "local direct reference requirements (`name @ path`) are not supported"),
    ("six @ gone.whl ; python_version > '3'", "local direct reference requirements (`name @ path`) are not supported"),
    ("-f ./gone", 'local requirements option "-f" is not supported: -f ./gone'),
    ("--find-links  ../gone", 'local requirements option "--find-links" is not supported: '),
    ("-f /gone", 'local requirements option "-f" is not supported: -f /gone'),
    ("-f\t./gone", 'local requirements option "-f" is not supported: -f'),
    ("-f./gone", 'local requirements option "-f./gone" is not supported: '),
    ("-f file:./gone", 'local requirements option "-f" is not supported: -f file:./gone'),
    ("--find-links=file:///gone", 'local requirements option "--find-links" is not supported: '),
    ("-r gone.txt", "gone.txt"),
    ("./own.whl --hash=sha256:00", "local package artifact requirements do not support inline options or hashes: "),
    ("./own.whl ; python_version > '3'",
     "environment markers are not supported on local package artifact requirements: "),
    ("./own.whl[more]", "extras are not supported on local package artifact requirements: "),
    ("./folder", 'local package requirement "./folder" is not a supported wheel or source archive'),
    ("../outside.whl", 'project/../outside.whl" must be inside the project directory'),
    ("./gone.whl", 'local Python package artifact "./gone.whl" not found'),
    ("./own.txt", 'local package requirement "./own.txt" is not a supported wheel or source archive'),
    ("./folder.whl", 'local Python package artifact "./folder.whl" must be a regular file'),
]

with Scenario() as s:
    s.write("other.txt", "six\n")
    with zipfile.ZipFile(s.project / "own.whl", "w") as wheel:
        wheel.writestr("own.py", "")
    s.write("own.txt", "no package")
    (s.project / "folder").mkdir()
    (s.project / "folder.whl").mkdir()
    (s.root / "outside.whl").write_bytes(b"")
    for line, words in REFUSED:
        project(s, requirements=["six", line])
        contains(s.fails("debug"), words)

    # What is fine is fine in the middle of comments, continued lines and other line ends.
    project(s, requirements=["# a comment", "", "six==1.17.0 \\", "  ; python_version > '3'", "-e .", "humanize  # why not", "-r other.txt",
                             "--extra-index-url https://packages.example.com/", "-f https://packages.example.com/a.html",
                             "six @ https://packages.example.com/six.whl", "./own.whl", "-r https://example.com/r.txt"])
    s.write("requirements.txt", s.read("requirements.txt").replace("\n", "\r\n"))
    equal(s.run("debug").err, "")

    # Where one has a hash, each must.
    project(s, requirements=["six==1.17.0 --hash=sha256:" + "0" * 64])
    contains(s.ok("debug"), " --require-hashes -r /tmp/requirements.txt")

    # cogpp brings the package cog itself.
    project(s, requirements=["cog==0.9", "six"])
    finished = s.run("debug")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "'cog==0.9' found in requirements")
    contains(finished.err, "Remove it from requirements and use build.sdk_version in cog.yaml")
    project(s, requirements=["coglet"])
    contains(s.run("debug").err, "'coglet' found in requirements")
