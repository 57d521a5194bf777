"""A software that keeps up with the records it may see: which they are, and what changed in one since it last asked."""

from connection import Client, entries, link

gp = Client("gp")

# region: td0.4
patients = entries(gp.get("Patient/$dossiers"))
print(f"Records that authorise me: {len(patients)}")
# endregion: td0.4

# region: follow
# What the last answer said to ask next; kept by the caller between two runs.
bookmarks = {}


def follow(patient):
    url = bookmarks.get(patient, f"DocumentReference/_history?patient={patient}&_count=20")
    while url:
        page = gp.get(url)
        for document in entries(page):
            title = document["content"][0]["attachment"]["title"]
            print(f"changed: {title}, version {document['meta']['versionId']}")
        bookmarks[patient] = link(page, "monitor") or bookmarks.get(patient)
        url = link(page, "next")


if not patients:
    raise SystemExit("no record authorises me: run consult.py first")
follow(patients[0]["id"])
print("and since then:")
follow(patients[0]["id"])
print("nothing more")
# endregion: follow
