"""Fault scenarios against the real server and worker. Groups: workers, files, health,
http, load, protocol, capacity, counted, kept, access.

    python3 faults.py --bin BUILD/bin --models FOLDER GROUP… [--only PART]…
"""
import argparse
import sys

import access
import capacity
import counted
import file_faults
import healthchecks
import http_abuse
import kept
import load
import protocol
import workers
from harness import Report

GROUPS = {"workers": workers, "files": file_faults, "health": healthchecks, "http": http_abuse,
          "load": load, "protocol": protocol, "capacity": capacity, "counted": counted,
          "kept": kept, "access": access}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of cogpp-server and cogpp-worker")
    parser.add_argument("--models", required=True, help="folder of the built faulty predictors")
    parser.add_argument("--only", action="append", help="scenarios with this in their name")
    parser.add_argument("groups", nargs="+", choices=GROUPS)
    options = parser.parse_args()
    report = Report(options.only)
    for group in options.groups:
        GROUPS[group].run(report, options)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
