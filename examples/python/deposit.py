"""Opening a record and depositing into it: a CDA letter, a PDF, a whole lot. Sent again, nothing is stored twice."""

import base64
import uuid

from connection import INS, Client, Refused, data, entries, example

# region: open
administration = Client("administration")
administration.send("PUT", "Patient", example("patient.json"), params={"identifier": INS})
print("The record is open.")
# endregion: open

hospital = Client("hospital")


def said(answer):
    return "stored" if answer.status_code == 201 else "was there already"


# region: td2.1-cda
# ITI-106: the CDA alone. Whose it is and all its metadata are read in its header.
letter = {
    "resourceType": "Binary",
    "contentType": "text/xml",
    "data": base64.b64encode(data("lettre.xml")).decode(),
}
parameters = {"resourceType": "Parameters", "parameter": [{"name": "document", "resource": letter}]}
deposited = hospital.send("POST", "DocumentReference/$generate-metadata", parameters)
print(f"CDA letter: {said(deposited)}")
# endregion: td2.1-cda

# region: td2.1-pdf
# A PDF says nothing of itself: all its metadata are sent. The uniqueId is yours, and makes repeating harmless.
report = example("document-pdf.json")
print(f"PDF report: {said(hospital.send('POST', 'DocumentReference', report))}")
# endregion: td2.1-pdf

# region: td3.1b
# Whoever deposited finds the reference of its own document again by its uniqueId, without consulting the record.
unique_id = "{system}|{value}".format(**report["masterIdentifier"])
own = hospital.search("DocumentReference", patient__identifier=INS, identifier=unique_id)
print(f"Found again: {len(entries(own))}")
# endregion: td3.1b

# region: td2.1-lot
# ITI-65: a submission set, its documents and their bytes in one transaction; all of it or nothing.
for entry in hospital.send("POST", "", example("lot-lettre.json")).json()["entry"]:
    response = entry["response"]
    print(f"lot: {response['location'].split('/')[0]} {response['status']}")
# endregion: td2.1-lot

# region: td2.1-wrong
# What is refused is told element by element.
report["masterIdentifier"]["value"] = f"urn:uuid:{uuid.uuid4()}"
report["content"][0]["attachment"]["hash"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
try:
    hospital.send("POST", "DocumentReference", report)
except Refused as refusal:
    print(f"A wrong hash: {refusal}")
# endregion: td2.1-wrong
