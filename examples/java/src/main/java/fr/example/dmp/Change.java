package fr.example.dmp;

import static fr.example.dmp.Connection.connect;
import static fr.example.dmp.Connection.example;
import static fr.example.dmp.Connection.recordOf;
import static fr.example.dmp.Connection.refusalOf;

import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.IdType;

/** An author changes what has been deposited: masks, hides from the patient, archives, each and back, and deletes it at last. */
public final class Change {
  private static final String TRE_A07 =
      "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument";
  private static final String CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
  private static final String IS_ARCHIVED = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived";

  private final IGenericClient author;
  private final IdType id;

  private Change(IGenericClient author, IdType id) {
    this.author = author;
    this.id = id;
  }

  public static void main(String[] arguments) {
    IGenericClient author = connect("author");
    // A document of its own, so that the others stay as they are.
    DocumentReference report = example("document-pdf.json", DocumentReference.class);
    report.getMasterIdentifier().setValue("urn:uuid:" + UUID.randomUUID());
    String made = author.create().resource(report).execute().getId().getIdPart();
    Change document = new Change(author, new IdType("DocumentReference", made));
    Authorise.authorise(author, recordOf(author), "899700000013");

    // region: td3.3a
    document.patch("masked", label("MASQUE_PS", TRE_A07));
    document.patch("shown", label("N", CONFIDENTIALITY));
    // endregion: td3.3a

    // region: td3.3b
    document.patch("announcement pending", label("INVISIBLE_PATIENT", TRE_A07));
    document.patch("shown to the patient", label("N", CONFIDENTIALITY));
    // endregion: td3.3b

    // region: td3.3d
    document.patch("archived", archived(true));
    document.patch("back from the archive", archived(false));
    // endregion: td3.3d

    // region: td3.3c
    document.patch("deleted", "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"entered-in-error\"}]");
    // endregion: td3.3c

    // Nothing else of a document can be changed: a correction is a deposit that replaces it.
    try {
      document.patch("described", "[{\"op\":\"add\",\"path\":\"/description\",\"value\":\"x\"}]");
    } catch (BaseServerResponseException refused) {
      System.out.println("Refused: " + refusalOf(refused));
    }
  }

  /** One change is one version. `If-Match` says which was seen: another's change in between is not overwritten. */
  private void patch(String what, String jsonPatch) {
    DocumentReference seen = author.read().resource(DocumentReference.class).withId(id).execute();
    DocumentReference changed = (DocumentReference) author
        .patch()
        .withBody(jsonPatch)
        .withId(id)
        .withAdditionalHeader("If-Match", "W/\"" + seen.getMeta().getVersionId() + "\"")
        .execute()
        .getResource();
    String labels = changed.getSecurityLabel().stream()
        .map(label -> label.getCodingFirstRep().getCode())
        .collect(Collectors.joining(" "));
    System.out.println(what + ": " + changed.getStatus().toCode() + ", " + labels);
  }

  private static String label(String code, String system) {
    return "[{\"op\":\"replace\",\"path\":\"/securityLabel/0\",\"value\":{\"coding\":[{\"system\":\"%s\",\"code\":\"%s\"}]}}]"
        .formatted(system, code);
  }

  /** As the ANS draft writes it: by the extension's URL, whether the document has it already or not. */
  private static String archived(boolean value) {
    return "[{\"op\":\"replace\",\"path\":\"/extension[url:'%s']/valueBoolean\",\"value\":%s}]".formatted(IS_ARCHIVED, value);
  }
}
