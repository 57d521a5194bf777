/**
 * Consents: the choices of the patient, and one's own declaration (TD0.3), as the page sends them.
 * @see docs/api.md "Consent"
 */
import type { Ins } from './persona.ts'

const v3 = 'http://terminology.hl7.org/CodeSystem/v3'
export const choiceSystem = 'https://dmp-fhir.example/CodeSystem/choix-patient'
export const practitionerSystem = 'urn:oid:1.2.250.1.71.4.2.1'
export const structureSystem = 'urn:oid:1.2.250.1.71.4.2.2'

export type Category =
  | 'autorisation'
  | 'blocage'
  | 'medecin-traitant'
  | 'bris-de-glace'
  | 'centre-15'
  | 'masques-en-urgence'
  | 'aidant'
  | 'representation'

/** Whom a choice names. */
export type Named =
  | { readonly professional: string }
  | { readonly structure: string }
  | { readonly person: Ins }

export type Choice = {
  readonly category: Category
  readonly provision: 'permit' | 'deny'
  readonly names?: Named
  /** `2027-11-22` */
  readonly until?: string
}

export function consentOf(patientId: string, { category, provision, names, until }: Choice): object {
  const patient = { reference: `Patient/${patientId}` }
  return {
    resourceType: 'Consent',
    ...(names && 'person' in names
      ? {
          contained: [
            { resourceType: 'RelatedPerson', id: 'personne', identifier: [{ ...names.person }], patient },
          ],
        }
      : {}),
    status: 'active',
    scope: coded('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [coded(choiceSystem, category)],
    patient,
    policyRule: coded(`${v3}-ActCode`, provision === 'permit' ? 'OPTIN' : 'OPTOUT'),
    provision: {
      type: provision,
      ...(until === undefined ? {} : { period: { end: until } }),
      ...(names === undefined
        ? {}
        : {
            actor: [{ role: coded(`${v3}-ParticipationType`, 'IRCP'), reference: referenceTo(names) }],
          }),
    },
  }
}

function referenceTo(names: Named): object {
  if ('person' in names) return { reference: '#personne' }
  return 'professional' in names
    ? { identifier: { system: practitionerSystem, value: names.professional } }
    : { identifier: { system: structureSystem, value: names.structure } }
}

function coded(system: string, code: string): object {
  return { coding: [{ system, code }] }
}
