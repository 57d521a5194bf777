"""A GP at work: find the record, say that the patient agreed, find documents, page by page, and read one."""

import base64
import hashlib

from authorise import authorise
from connection import INS, Client, Refused, entries, link

gp = Client("gp")

# region: td0.2
found = entries(gp.search("Patient", identifier=INS))
if not found:
    raise SystemExit("there is no record: run deposit.py first")
patient = found[0]
standing = next(
    each["valueCode"] for each in patient["extension"] if each["url"].endswith("/dmp-autorisation")
)
print(f"Record {'open' if patient['active'] else 'closed'}; my authorisation: {standing}")
# endregion: td0.2


# region: td3.1a
def documents_of(patient_id):
    """Discharge letters and imaging reports, the newest first. The link `next` is followed, and nothing is built."""
    page = gp.get("DocumentReference", patient=patient_id, type="11490-0,18748-4", _count=1)
    while page:
        yield from entries(page)
        following = link(page, "next")
        page = gp.get(following) if following else None
# endregion: td3.1a


if standing != "valide":
    try:
        list(documents_of(patient["id"]))
    except Refused as refusal:
        print(f"Refused: {refusal}")
    authorise(gp, patient["id"], "899700000005")

# region: td1.3a
administrative = gp.get(f"Patient/{patient['id']}")
print(f"Born on {administrative['birthDate']}")
# endregion: td1.3a

# region: td1.6
choices = gp.get("Consent", patient=patient["id"], category="autorisation", status="active")
print(f"Authorised now: {len(entries(choices))}")
# endregion: td1.6

documents = list(documents_of(patient["id"]))
for document in documents:
    attachment = document["content"][0]["attachment"]
    print(f"{document['date'][:10]} {document['type']['coding'][0]['code']} {attachment['title']}")

# region: td3.2
attachment = documents[-1]["content"][0]["attachment"]
# The bytes are asked for as they are; with a format of FHIR in `Accept` a Binary comes.
content = gp.send("GET", attachment["url"], headers={"Accept": attachment["contentType"]}).content
is_same = base64.b64encode(hashlib.sha1(content).digest()).decode() == attachment["hash"]
print(f"{len(content)} bytes of {attachment['contentType']}; {'as they were deposited' if is_same else 'ALTERED'}")
# endregion: td3.2
