package fr.example.dmp;

import ca.uhn.fhir.rest.client.api.IGenericClient;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Consent;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.Reference;

/** TD0.3: a professional says that the patient, asked here and now, lets them consult the record. */
final class Authorise {
  private Authorise() {}

  // region: td0.3
  /** The patient sees it at once, and may end it. Said twice, it is one authorisation. */
  static void authorise(IGenericClient client, String patient, String professional) {
    Consent consent = new Consent()
        .setStatus(Consent.ConsentState.ACTIVE)
        .setScope(coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"))
        .addCategory(coded("https://dmp-fhir.example/CodeSystem/choix-patient", "autorisation"))
        .setPatient(new Reference("Patient/" + patient))
        .setPolicyRule(coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"));
    Identifier practitioner = new Identifier().setSystem("urn:oid:1.2.250.1.71.4.2.1").setValue(professional);
    consent.getProvision()
        .setType(Consent.ConsentProvisionType.PERMIT)
        .addActor()
        .setRole(coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"))
        .setReference(new Reference().setIdentifier(practitioner));
    Consent written = (Consent) client.create().resource(consent).execute().getResource();
    System.out.println("Authorised, version " + written.getMeta().getVersionId());
  }

  private static CodeableConcept coded(String system, String code) {
    return new CodeableConcept(new Coding(system, code, null));
  }
  // endregion: td0.3
}
