/** TD0.3: a professional says that the patient, asked here and now, lets them consult the record. */
import type { Client } from 'fhir-kit-client'

// region: td0.3
/** The patient sees it at once, and may end it. Said twice, it is one authorisation. @param professional PS_IdNat */
export async function authorise(client: Client, patient: string, professional: string): Promise<void> {
  const consent = await client.create({
    resourceType: 'Consent',
    body: {
      resourceType: 'Consent',
      status: 'active',
      scope: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
      },
      category: [
        { coding: [{ system: 'https://dmp-fhir.example/CodeSystem/choix-patient', code: 'autorisation' }] },
      ],
      patient: { reference: `Patient/${patient}` },
      policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
      provision: {
        type: 'permit',
        actor: [
          {
            role: {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' },
              ],
            },
            reference: { identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: professional } },
          },
        ],
      },
    },
  })
  console.log(`Authorised, version ${Object(consent.meta).versionId}`)
}
// endregion: td0.3
