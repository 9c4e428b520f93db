"""Registries behind a proxy of the environment: with TLS by a tunnel, without it by whole URLs."""

import json

from proxies import LOGIN, ForwardProxy, TokenTaker
from registries import Registry, docker_config, free_port, same_blobs, write_layout
from scenario import Scenario, check, contains, equal

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
LOGIN_URL = LOGIN.replace("@", "%40")


def by_proxy(scenario, **variables):
    """The environment names these proxies and no other."""
    for name in NAMES:
        scenario.environment.pop(name, None)
        scenario.environment.pop(name.upper(), None)
    scenario.environment.update(variables)


with Scenario() as s, Registry(s.root / "registry") as registry, \
        Registry(s.root / "secure", tls=True, alias="registry.example") as secure, \
        TokenTaker(s.root / "tokens", "tokens.example") as tokens:
    layout = s.project / "image"
    write_layout(layout, [b"layer"])
    config = docker_config(s, {})
    s.environment["SSL_CERT_FILE"] = str(secure.authority)
    # 0.0.0.0 leads to this machine as well, but not by its name.
    far = f"0.0.0.0:{registry.port}"
    with ForwardProxy({far: registry.port, "registry.example:443": secure.port,
                       "tokens.example:443": tokens.port}, login=True) as proxy:
        url = f"http://{LOGIN_URL}@{proxy.host}"

        # With TLS the proxy sees whom it connects to, and nothing else.
        push = ("push", "registry.example/model", "--from", "oci:image")
        for variables in ({"HTTPS_PROXY": url}, {"https_proxy": url[7:]}, {"ALL_PROXY": url}):
            proxy.asked.clear()
            by_proxy(s, **variables)
            s.ok(*push)
            equal({(method, target) for method, target, _ in proxy.asked}, {("CONNECT", "registry.example:443")})
        same_blobs(layout, secure.pull("model", s.root / "pulled"))

        # Its password is not for whom it connects to.
        s.environment.update(COG_REGISTRY_HOST="https://tokens.example", SSL_CERT_FILE=str(tokens.authority))
        s.ok("login", "--token-stdin", stdin="secret\n")
        check("Proxy-Authorization" not in tokens.headers, str(tokens.headers))
        check("tokens.example" in json.loads(config.read_text())["auths"], config.read_text())
        s.environment.pop("COG_REGISTRY_HOST")
        s.environment["SSL_CERT_FILE"] = str(secure.authority)

        # Without TLS it gets whole URLs.
        plain = ("push", f"{far}/plain", "--from", "oci:image", "--plain-http")
        proxy.asked.clear()
        by_proxy(s, HTTP_PROXY=url)
        s.ok(*plain)
        check(any(target == f"http://{far}/v2/plain/manifests/latest" for _, target, _ in proxy.asked), str(proxy.asked))
        same_blobs(layout, registry.pull("plain", s.root / "pulled-plain"))

        # What the environment leaves out, and this machine by its names, is reached directly.
        proxy.asked.clear()
        by_proxy(s, HTTP_PROXY=url, NO_PROXY="0.0.0.0/8")
        s.ok(*plain)
        by_proxy(s, HTTP_PROXY=url, HTTPS_PROXY=url)
        s.ok("push", f"{registry.name}/near", "--from", "oci:image")
        equal(proxy.asked, [], "requests to the proxy")

        # Who is not let through is told why. What the proxy says is not the registry's word.
        docker_config(s, {"auths": {name: {"auth": "dXNlcjpzZWNyZXQ="} for name in ("registry.example", "other.example")}})
        by_proxy(s, HTTPS_PROXY=f"http://{proxy.host}", HTTP_PROXY=f"http://{proxy.host}")
        for words, place in ((push, "https://registry.example"), (plain, f"http://{far}")):
            contains(s.fails(*words), f"the proxy http://{proxy.host} does not connect to {place} (status 407); name its "
                     "user and password in its URL: http://USER:PASSWORD@HOST:PORT")
        by_proxy(s, HTTPS_PROXY=url)
        message = s.fails("push", "other.example/model", "--from", "oci:image")
        contains(message, f"the proxy http://{proxy.host} does not connect to https://other.example (status 403)")
        check(LOGIN not in message and LOGIN_URL not in message, message)

    nobody = f"http://127.0.0.1:{free_port()}"
    by_proxy(s, HTTPS_PROXY=nobody)
    contains(s.fails(*push), f"could not connect to https://registry.example by the proxy {nobody}")
    by_proxy(s, ALL_PROXY="socks5://127.0.0.1:1")
    contains(s.fails(*push), "the proxy that ALL_PROXY names is not usable (only http:// proxies are supported)")
