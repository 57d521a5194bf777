package fr.example.dmp;

import static fr.example.dmp.Connection.connect;
import static fr.example.dmp.Connection.entries;

import ca.uhn.fhir.rest.client.api.IGenericClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;

/** A software that keeps up with the records it may see: which they are, and what changed in one since it last asked. */
public final class Follow {
  /** What the last answer said to ask next; kept by the caller between two runs. */
  private static final Map<String, String> BOOKMARKS = new HashMap<>();

  public static void main(String[] arguments) {
    IGenericClient gp = connect("gp");

    // region: td0.4
    Bundle records = gp.operation()
        .onType(Patient.class)
        .named("$dossiers")
        .withNoParameters(Parameters.class)
        .useHttpGet()
        .returnResourceType(Bundle.class)
        .execute();
    List<Patient> patients = entries(records, Patient.class);
    System.out.println("Records that authorise me: " + patients.size());
    // endregion: td0.4

    if (patients.isEmpty()) throw new IllegalStateException("no record authorises me: run Consult first");
    String first = patients.get(0).getIdElement().getIdPart();
    follow(gp, first);
    System.out.println("and since then:");
    follow(gp, first);
    System.out.println("nothing more");
  }

  // region: follow
  private static void follow(IGenericClient gp, String patient) {
    String url = BOOKMARKS.getOrDefault(patient, Connection.BASE + "/DocumentReference/_history?patient=" + patient + "&_count=20");
    while (url != null) {
      Bundle page = gp.loadPage().byUrl(url).andReturnBundle(Bundle.class).execute();
      for (DocumentReference document : entries(page, DocumentReference.class)) {
        String title = document.getContentFirstRep().getAttachment().getTitle();
        System.out.println("changed: " + title + ", version " + document.getMeta().getVersionId());
      }
      Bundle.BundleLinkComponent monitor = page.getLink("monitor");
      if (monitor != null) BOOKMARKS.put(patient, monitor.getUrl());
      Bundle.BundleLinkComponent next = page.getLink(Bundle.LINK_NEXT);
      url = next == null ? null : next.getUrl();
    }
  }
  // endregion: follow
}
