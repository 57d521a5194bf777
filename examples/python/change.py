"""An author changes what has been deposited: masks, hides from the patient, archives, each and back, and deletes it at last."""

import uuid

from authorise import authorise
from connection import Client, Refused, example, record_of

author = Client("author")
patient = record_of(author)

# A document of its own, so that the others stay as they are.
report = example("document-pdf.json")
report["masterIdentifier"]["value"] = f"urn:uuid:{uuid.uuid4()}"
url = f"DocumentReference/{author.send('POST', 'DocumentReference', report).json()['id']}"
authorise(author, patient, "899700000013")


def change(what, patch):
    """One change is one version. `If-Match` says which was seen: another's change in between is not overwritten."""
    seen = author.send("GET", url).headers["ETag"]
    headers = {"Content-Type": "application/json-patch+json", "If-Match": seen}
    changed = author.send("PATCH", url, patch, headers).json()
    labels = " ".join(label["coding"][0]["code"] for label in changed["securityLabel"])
    print(f"{what}: {changed['status']}, {labels}")


TRE_A07 = (
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
)


def label(code, system=TRE_A07):
    return [
        {"op": "replace", "path": "/securityLabel/0", "value": {"coding": [{"system": system, "code": code}]}}
    ]


normal = label("N", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality")

# region: td3.3a
change("masked", label("MASQUE_PS"))
change("shown", normal)
# endregion: td3.3a

# region: td3.3b
change("announcement pending", label("INVISIBLE_PATIENT"))
change("shown to the patient", normal)
# endregion: td3.3b

# region: td3.3d
# As the ANS draft writes it: by the extension's URL, whether the document has it already or not.
IS_ARCHIVED = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"


def archived(value):
    return [{"op": "replace", "path": f"/extension[url:'{IS_ARCHIVED}']/valueBoolean", "value": value}]


change("archived", archived(True))
change("back from the archive", archived(False))
# endregion: td3.3d

# region: td3.3c
change("deleted", [{"op": "replace", "path": "/status", "value": "entered-in-error"}])
# endregion: td3.3c

# Nothing else of a document can be changed: a correction is a deposit that replaces it.
try:
    change("described", [{"op": "add", "path": "/description", "value": "x"}])
except Refused as refusal:
    print(f"Refused: {refusal}")
