package fr.example.dmp;

import static fr.example.dmp.Connection.connect;
import static fr.example.dmp.Connection.data;
import static fr.example.dmp.Connection.entries;
import static fr.example.dmp.Connection.example;
import static fr.example.dmp.Connection.ins;
import static fr.example.dmp.Connection.refusalOf;

import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.SearchStyleEnum;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.gclient.TokenClientParam;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import java.util.UUID;
import org.hl7.fhir.r4.model.Binary;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;

/** Opening a record and depositing into it: a CDA letter, a PDF, a whole lot. Sent again, nothing is stored twice. */
public final class Deposit {
  public static void main(String[] arguments) {
    Identifier ins = ins();

    // region: open
    connect("administration")
        .update()
        .resource(example("patient.json", Patient.class))
        .conditional()
        .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(ins.getSystem(), ins.getValue()))
        .execute();
    System.out.println("The record is open.");
    // endregion: open

    IGenericClient hospital = connect("hospital");

    // region: td2.1-cda
    // ITI-106: the CDA alone. Whose it is and all its metadata are read in its header.
    Binary letter = new Binary();
    letter.setContentType("text/xml").setContent(data("lettre.xml"));
    MethodOutcome deposited = hospital
        .operation()
        .onType(DocumentReference.class)
        .named("$generate-metadata")
        .withParameters(new Parameters().addParameter(new Parameters.ParametersParameterComponent().setName("document").setResource(letter)))
        .returnMethodOutcome()
        .execute();
    System.out.println("CDA letter: " + said(deposited));
    // endregion: td2.1-cda

    // region: td2.1-pdf
    // A PDF says nothing of itself: all its metadata are sent. The uniqueId is yours, and makes repeating harmless.
    DocumentReference report = example("document-pdf.json", DocumentReference.class);
    System.out.println("PDF report: " + said(hospital.create().resource(report).execute()));
    // endregion: td2.1-pdf

    // region: td3.1b
    // Whoever deposited finds the reference of its own document again by its uniqueId, without consulting the record.
    Identifier uniqueId = report.getMasterIdentifier();
    Bundle own = hospital
        .search()
        .forResource(DocumentReference.class)
        .where(new TokenClientParam("patient.identifier").exactly().systemAndCode(ins.getSystem(), ins.getValue()))
        .and(DocumentReference.IDENTIFIER.exactly().systemAndCode(uniqueId.getSystem(), uniqueId.getValue()))
        .usingStyle(SearchStyleEnum.POST)
        .returnBundle(Bundle.class)
        .execute();
    System.out.println("Found again: " + entries(own, DocumentReference.class).size());
    // endregion: td3.1b

    // region: td2.1-lot
    // ITI-65: a submission set, its documents and their bytes in one transaction; all of it or nothing.
    Bundle answer = hospital.transaction().withBundle(example("lot-lettre.json", Bundle.class)).execute();
    for (Bundle.BundleEntryComponent entry : answer.getEntry()) {
      String type = entry.getResponse().getLocation().split("/")[0];
      System.out.println("lot: " + type + " " + entry.getResponse().getStatus());
    }
    // endregion: td2.1-lot

    // region: td2.1-wrong
    // What is refused is told element by element.
    DocumentReference wrong = report.copy();
    wrong.getMasterIdentifier().setValue("urn:uuid:" + UUID.randomUUID());
    wrong.getContentFirstRep().getAttachment().setHash(new byte[20]);
    try {
      hospital.create().resource(wrong).execute();
    } catch (BaseServerResponseException refused) {
      System.out.println("A wrong hash: " + refusalOf(refused));
    }
    // endregion: td2.1-wrong
  }

  private static String said(MethodOutcome outcome) {
    return outcome.getResponseStatusCode() == 201 ? "stored" : "was there already";
  }
}
