package fr.example.dmp;

import static fr.example.dmp.Connection.connect;
import static fr.example.dmp.Connection.entries;
import static fr.example.dmp.Connection.ins;
import static fr.example.dmp.Connection.refusalOf;

import ca.uhn.fhir.rest.api.SearchStyleEnum;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.hl7.fhir.r4.model.Attachment;
import org.hl7.fhir.r4.model.Binary;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Consent;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Extension;
import org.hl7.fhir.r4.model.Patient;

/** A GP at work: find the record, say that the patient agreed, find documents, page by page, and read one. */
public final class Consult {
  public static void main(String[] arguments) throws NoSuchAlgorithmException {
    IGenericClient gp = connect("gp");

    // region: td0.2
    // By POST, so that the INS stands in no URL and no log.
    Bundle found = gp.search()
        .forResource(Patient.class)
        .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(ins().getSystem(), ins().getValue()))
        .usingStyle(SearchStyleEnum.POST)
        .returnBundle(Bundle.class)
        .execute();
    Patient patient = entries(found, Patient.class).stream()
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("there is no record: run Deposit first"));
    Extension standing = patient.getExtensionByUrl("https://dmp-fhir.example/StructureDefinition/dmp-autorisation");
    String said = standing.getValue().primitiveValue();
    System.out.println("Record " + (patient.getActive() ? "open" : "closed") + "; my authorisation: " + said);
    // endregion: td0.2

    String id = patient.getIdElement().getIdPart();
    if (!said.equals("valide")) {
      try {
        documentsOf(gp, id);
      } catch (BaseServerResponseException refused) {
        System.out.println("Refused: " + refusalOf(refused));
      }
      Authorise.authorise(gp, id, "899700000005");
    }

    // region: td1.3a
    Patient administrative = gp.read().resource(Patient.class).withId(id).execute();
    System.out.println("Born on " + administrative.getBirthDateElement().getValueAsString());
    // endregion: td1.3a

    // region: td1.6
    Bundle choices = gp.search()
        .forResource(Consent.class)
        .where(Consent.PATIENT.hasId(id))
        .and(Consent.CATEGORY.exactly().code("autorisation"))
        .and(Consent.STATUS.exactly().code("active"))
        .returnBundle(Bundle.class)
        .execute();
    System.out.println("Authorised now: " + entries(choices, Consent.class).size());
    // endregion: td1.6

    List<DocumentReference> documents = documentsOf(gp, id);
    for (DocumentReference document : documents) {
      LocalDate day = LocalDate.ofInstant(document.getDate().toInstant(), ZoneId.of("Europe/Paris"));
      String title = document.getContentFirstRep().getAttachment().getTitle();
      System.out.println(day + " " + document.getType().getCodingFirstRep().getCode() + " " + title);
    }

    // region: td3.2
    Attachment attachment = documents.get(documents.size() - 1).getContentFirstRep().getAttachment();
    Binary content = gp.read().resource(Binary.class).withUrl(attachment.getUrl()).execute();
    byte[] bytes = content.getContent();
    boolean isSame = Arrays.equals(MessageDigest.getInstance("SHA-1").digest(bytes), attachment.getHash());
    System.out.println(bytes.length + " bytes of " + content.getContentType() + "; " + (isSame ? "as they were deposited" : "ALTERED"));
    // endregion: td3.2
  }

  // region: td3.1a
  /** Discharge letters and imaging reports, the newest first. The link `next` is followed, and nothing is built. */
  private static List<DocumentReference> documentsOf(IGenericClient gp, String patient) {
    List<DocumentReference> documents = new ArrayList<>();
    Bundle page = gp.search()
        .forResource(DocumentReference.class)
        .where(DocumentReference.PATIENT.hasId(patient))
        .and(DocumentReference.TYPE.exactly().codes("11490-0", "18748-4"))
        .count(1)
        .returnBundle(Bundle.class)
        .execute();
    while (true) {
      documents.addAll(entries(page, DocumentReference.class));
      if (page.getLink(Bundle.LINK_NEXT) == null) return documents;
      page = gp.loadPage().next(page).execute();
    }
  }
  // endregion: td3.1a
}
