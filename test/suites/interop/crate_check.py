"""Validates an RO-Crate with roc-validator as a Process Run Crate, prints {"issues": [[severity, message], ...]}, and reads it with rocrate."""

import importlib.resources
import json
import sys

import requests
from rocrate.rocrate import ROCrate
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

CONTEXT = "https://w3id.org/ro/crate/1.1/context"


def context_from_package(self, url, **_):
    """The validator asks the web for one thing only, RO-Crate's context: rocrate's copy answers in its place."""
    assert url == CONTEXT, f"unexpected request: {url}"
    response = requests.Response()
    response.status_code = 200
    response.headers["Content-Type"] = "application/ld+json"
    response._content = importlib.resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()
    assert json.loads(response._content)["@id"] == CONTEXT
    return response


HttpRequester.get = context_from_package
settings = services.ValidationSettings(
    rocrate_uri=sys.argv[1],
    profile_identifier="process-run-crate",
    requirement_severity=models.Severity.RECOMMENDED,
    offline=True,
)
result = services.validate(settings)
issues = sorted({(issue.severity.name, issue.message) for issue in result.get_issues()})
crate = ROCrate(sys.argv[1])
actions = [entity for entity in crate.get_entities() if entity.type == "CreateAction"]
listing = {action.id: action.get("instrument", {}).get("name") for action in actions}
print(json.dumps({"issues": issues, "actions": listing}))
