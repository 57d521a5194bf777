"""TD0.3: a professional says that the patient, asked here and now, lets them consult the record."""


# region: td0.3
def authorise(client, patient, professional):
    """The patient sees it at once, and may end it. Said twice, it is one authorisation."""
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
            ]
        },
        "category": [
            {
                "coding": [
                    {"system": "https://dmp-fhir.example/CodeSystem/choix-patient", "code": "autorisation"}
                ]
            }
        ],
        "patient": {"reference": f"Patient/{patient}"},
        "policyRule": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}]
        },
        "provision": {
            "type": "permit",
            "actor": [
                {
                    "role": {
                        "coding": [
                            {
                                "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                                "code": "IRCP",
                            }
                        ]
                    },
                    "reference": {
                        "identifier": {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": professional}
                    },
                }
            ],
        },
    }
    written = client.send("POST", "Consent", consent).json()
    print(f"Authorised, version {written['meta']['versionId']}")
# endregion: td0.3
