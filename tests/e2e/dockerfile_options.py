"""What else changes the Dockerfile: certificates, versions of the SDK, one of the user's own."""

import base64

from dockerfiles import in_order, project
from registries import certificate
from scenario import Scenario, check, contains, equal

with Scenario() as s:
    project(s, ["six"])
    plain = s.ok("debug")
    authority = certificate(s.root)
    pem = authority.read_text()

    # An authority beside the system's: a file, a folder, the text, or its base64. It is in
    # place before anything is downloaded.
    folder = s.root / "authorities"
    folder.mkdir()
    (folder / "one.crt").write_text(pem)
    (folder / "two.pem").write_text(pem)
    (folder / "notes.txt").write_text("no certificate")
    for value in (str(authority), str(folder), pem, base64.b64encode(pem.encode()).decode()):
        s.environment["COG_CA_CERT"] = value
        finished = s.run("debug")
        equal(finished.status, 0, str(finished))
        contains(finished.err, "Injecting CA certificate from COG_CA_CERT")
        in_order(finished.out, "FROM ", "cog-ca-cert.crt", "/usr/local/share/ca-certificates/", "update-ca-certificates",
                 "ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
                 "ENV REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt", "apt-get", "requirements.txt")
        check("apt-get" not in finished.out[:finished.out.index("ENV REQUESTS_CA_BUNDLE")], finished.out)
    for value in ("/no/such/file", str(s.root / "authorities/notes.txt"), "bm90aGluZw=="):
        s.environment["COG_CA_CERT"] = value
        contains(s.fails("debug"), "COG_CA_CERT")
    empty = s.root / "none"
    empty.mkdir()
    s.environment["COG_CA_CERT"] = str(empty)
    contains(s.fails("debug"), "COG_CA_CERT")
    del s.environment["COG_CA_CERT"]

    # Versions of the package cog.
    for version, words in (("0.20.0", "cog==0.20.0"), ("0.18.0a1", "cog==0.18.0a1")):
        project(s, build={"sdk_version": version})
        contains(s.ok("debug"), words)
    project(s, build={"sdk_version": "0.15.0"})
    contains(s.fails("debug"), "0.15.0")
    project(s, build={"sdk_version": "prerelease"})
    finished = s.run("debug")
    contains(finished.out, "--prerelease=allow")
    contains(finished.err, "build.sdk_version is prerelease: the newest cog is installed, pre-releases included.")

    # A Dockerfile of the user's own is printed as it is; one that is missing is named.
    project(s, ["six"])
    s.write("Own.Dockerfile", "FROM scratch\n\n# as it is\n")
    equal(s.ok("debug", "--dockerfile", "Own.Dockerfile"), "FROM scratch\n\n# as it is\n")
    contains(s.fails("debug", "--dockerfile", "Gone.Dockerfile"), "Gone.Dockerfile")
    equal(s.ok("debug", "--image-name", "a/b"), plain, "with a name")

    # A tag and the engine's flags are not the Dockerfile's, and of a time only that there is one.
    timed = [s.ok("debug", "--timestamp", time) for time in ("0", "1700000000")]
    equal(timed[0], timed[1], "with another time")
    equal(timed[0].replace("SOURCE_DATE_EPOCH=315532800 ", ""), plain, "with a time")
    for flags in (("-t", "a/b:1"), ("--no-cache",), ("--separate-weights",),
                  ("--progress", "plain"), ("--progress", "")):
        equal(s.ok("debug", *flags), plain, str(flags))
    s.environment["BUILDKIT_PROGRESS"] = "none"
    equal(s.ok("debug"), plain, "a progress that docker's builder knows")
    s.environment["BUILDKIT_PROGRESS"] = "foo"
    contains(s.fails("debug"), "BUILDKIT_PROGRESS=foo: must be auto, tty, plain or quiet")
    del s.environment["BUILDKIT_PROGRESS"]
    check(not (s.project / ".cog/build").exists(), ".cog/build stayed")
