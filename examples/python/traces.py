"""The patient reads who came to the record, and what they did: refused accesses too."""

from connection import Client, entries, record_of

patient = Client("patient")
record = record_of(patient)

# region: traces
for trace in entries(patient.get("AuditEvent", patient=record, _count=20)):
    requestor = next(agent for agent in trace["agent"] if agent["requestor"])
    role = " ".join(role["coding"][0]["code"] for role in requestor["role"])
    result = "done" if trace["outcome"] == "0" else "refused"
    print(f"{trace['recorded'][:19]} {role} {trace['subtype'][-1]['code']} {result}")
# endregion: traces

# region: acces
# The same summed up: who may see the record, and who came how often.
parameters = patient.get(f"Patient/{record}/$acces")["parameter"]
names = [parameter["name"] for parameter in parameters]
print(f"May see: {names.count('habilite')}; came: {names.count('acces')}")
# endregion: acces
