package fr.example.dmp;

import static fr.example.dmp.Connection.connect;
import static fr.example.dmp.Connection.entries;
import static fr.example.dmp.Connection.recordOf;

import ca.uhn.fhir.rest.client.api.IGenericClient;
import java.util.List;
import java.util.stream.Collectors;
import org.hl7.fhir.r4.model.AuditEvent;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Parameters;

/** The patient reads who came to the record, and what they did: refused accesses too. */
public final class Traces {
  public static void main(String[] arguments) {
    IGenericClient patient = connect("patient");
    String id = recordOf(patient);

    // region: traces
    Bundle found = patient.search()
        .forResource(AuditEvent.class)
        .where(AuditEvent.PATIENT.hasId(id))
        .count(20)
        .returnBundle(Bundle.class)
        .execute();
    for (AuditEvent trace : entries(found, AuditEvent.class)) {
      AuditEvent.AuditEventAgentComponent requestor =
          trace.getAgent().stream().filter(AuditEvent.AuditEventAgentComponent::getRequestor).findFirst().orElseThrow();
      String role = requestor.getRole().stream().map(each -> each.getCodingFirstRep().getCode()).collect(Collectors.joining(" "));
      List<Coding> subtypes = trace.getSubtype();
      String what = subtypes.get(subtypes.size() - 1).getCode();
      String result = trace.getOutcome() == AuditEvent.AuditEventOutcome._0 ? "done" : "refused";
      String at = trace.getRecordedElement().getValueAsString().substring(0, 19);
      System.out.println(at + " " + role + " " + what + " " + result);
    }
    // endregion: traces

    // region: acces
    // The same summed up: who may see the record, and who came how often.
    Parameters summary = patient.operation()
        .onInstance(new IdType("Patient", id))
        .named("$acces")
        .withNoParameters(Parameters.class)
        .useHttpGet()
        .execute();
    long allowed = summary.getParameter().stream().filter(each -> each.getName().equals("habilite")).count();
    long came = summary.getParameter().stream().filter(each -> each.getName().equals("acces")).count();
    System.out.println("May see: " + allowed + "; came: " + came);
    // endregion: acces
  }
}
