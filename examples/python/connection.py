"""Who calls, and where: DMP_URL is the FHIR base (http://127.0.0.1:8080/fhir).

A token is DMP_TOKEN_GP and so on; where there is none it is asked of the sandbox, which gives anybody's to anybody. In
production it comes from Pro Santé Connect, or from the issuer that the server's SMART configuration names.
"""

import json
import os
from pathlib import Path

import requests

BASE = os.environ.get("DMP_URL", "http://127.0.0.1:8080/fhir")
EXAMPLES = Path(__file__).resolve().parent.parent
PERSONAS = json.loads((EXAMPLES / "personas.json").read_text("utf-8"))
INS = "{system}|{value}".format(**PERSONAS["patient"]["ins"])
TIMEOUT = 30


# region: token
def sandbox_token(persona):
    configuration = requests.get(f"{BASE}/.well-known/smart-configuration", timeout=TIMEOUT).json()
    answer = requests.post(
        configuration["token_endpoint"],
        auth=("dmp-sandbox", "sandbox-secret-known-to-everyone"),
        data={"grant_type": "client_credentials", "persona": json.dumps(PERSONAS[persona])},
        timeout=TIMEOUT,
    )
    answer.raise_for_status()
    return answer.json()["access_token"]
# endregion: token


class Refused(Exception):
    """What the server says when it refuses: its code, its words, and where in the request the fault is."""

    def __init__(self, answer):
        lines = []
        for issue in answer.json().get("issue", []):
            details = issue["details"]
            at = f" ({', '.join(issue['expression'])})" if "expression" in issue else ""
            lines.append(f"{details['coding'][0]['code']}: {details['text']}{at}")
        super().__init__(f"{answer.status_code} {'; '.join(lines)}")


class Client:
    """One caller: a session of `requests` that knows the FHIR base and turns a refusal into an exception."""

    def __init__(self, persona):
        token = os.environ.get(f"DMP_TOKEN_{persona.upper()}") or sandbox_token(persona)
        self.session = requests.Session()
        self.session.headers.update(
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/fhir+json",
                "Accept-Language": "en",
            }
        )

    def send(self, method, path, body=None, headers=None, form=None, params=None):
        """`path` is below the base, or a whole address, as the links of a Bundle are."""
        kind = {} if body is None else {"Content-Type": "application/fhir+json"}
        answer = self.session.request(
            method,
            path if path.startswith("http") else f"{BASE}/{path}",
            params=params,
            data=form if body is None else json.dumps(body),
            headers={**kind, **(headers or {})},
            timeout=TIMEOUT,
        )
        if not answer.ok:
            raise Refused(answer)
        return answer

    def get(self, path, **params):
        return self.send("GET", path, params=params or None).json()

    def search(self, resource_type, **criteria):
        """By POST, so that an INS stands in no URL and no log. Two underscores stand for the dot of `patient.identifier`."""
        form = {name.replace("__", "."): value for name, value in criteria.items()}
        return self.send("POST", f"{resource_type}/_search", form=form).json()


def data(name):
    """A file of examples/data."""
    return (EXAMPLES / "data" / name).read_bytes()


def example(name):
    """A resource of examples/data."""
    return json.loads(data(name))


def entries(bundle):
    return [entry["resource"] for entry in bundle.get("entry", [])]


def link(bundle, relation):
    return next((each["url"] for each in bundle.get("link", []) if each["relation"] == relation), None)


def record_of(client):
    """TD0.2: the id of the record of the examples' patient."""
    found = entries(client.search("Patient", identifier=INS))
    if not found:
        raise SystemExit("there is no record: run deposit.py first")
    return found[0]["id"]
