"""Validates a Data Package with frictionless: prints {"valid": ..., "resources": [...], "errors": [...]} as JSON."""

import json
import sys

from frictionless import Package


def check(descriptor: str) -> dict:
    report = Package(descriptor).validate()
    resources = [
        {
            "name": task.name,
            "type": task.type,
            "valid": task.valid,
            "bytes": task.stats.get("bytes"),
            "sha256": task.stats.get("sha256"),
            "errors": [error.type for error in task.errors],
        }
        for task in report.tasks
    ]
    return {"valid": report.valid, "resources": resources, "errors": [error.message for error in report.errors]}


# frictionless imports every module named frictionless_* as a plugin of its own, this one too
if __name__ == "__main__":
    json.dump(check(sys.argv[1]), sys.stdout)
