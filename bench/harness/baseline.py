"""bench/baseline.json: what cogpp reached when somebody last said it was good.

Kept as shares of a peer of the same run (the floor where there is one, otherwise
Cog), so that it holds on a machine of another speed. A share that fell by more
than 5 % is a regression: say why, or repair it.
"""

import json
import os

TOLERANCE = 0.05
REFERENCES = ("epoll floor", "Cog")


def rate(series):
    """Good answers per second; of one client by their duration, which a window that
    holds only a few of them does not round."""
    return 1e6 / series.latency("mean") if series.load.connections == 1 else series.ok_per_second()


def shares(measured):
    """{load: cogpp's rate as a share of the reference's}."""
    loads = {}
    for title, series in measured:
        loads.setdefault(title, []).append(series)
    found = {}
    for title, contenders in loads.items():
        if "fixed rate" in title:
            continue  # The rate is given, not reached.
        own = next((one for one in contenders if one.name.startswith("cogpp")), None)
        reference = next(
            (one for name in REFERENCES for one in contenders if one.name.startswith(name)), None
        )
        if own and reference and reference.total("ok"):
            found[title] = rate(own) / rate(reference)
    return found


def save(path, measured):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({key: round(share, 4) for key, share in shares(measured).items()}, file, indent=2)
        file.write("\n")


def regressions(path, measured):
    """One line for each share that is lower than the baseline's by more than the
    tolerance; none without a baseline."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        before = json.load(file)
    return [
        f"{title}: {before[title]:.3f} → {share:.3f} of the reference ({share / before[title] - 1:+.0%})"
        for title, share in shares(measured).items()
        if title in before and share < before[title] * (1 - TOLERANCE)
    ]
