/**
 * What a hospital's software sends: the Patient that opens a record, the ITI-65 Bundle of a letter, a Consent.
 * @see ANS PDSm 3.1.1 (ITI-65), FR Core Patient INS; docs/api.md "Consent"
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Bundle, Consent, DocumentReference, List, Patient } from '@medplum/fhirtypes'
import { cdaUniqueId } from '../../dmp/cda/cda-header.ts'
import { completeFromCda } from '../../dmp/cda/derive-metadata.ts'
import { type ChoiceCategory, choiceSystem } from '../../dmp/choices/patient-choice.ts'
import type { Terminology } from '../../dmp/codes/terminology.ts'
import { confidentialitySystem, visibilitySystem } from '../../dmp/documents/security-labels.ts'
import { submissionSetExtensions } from '../../dmp/documents/submission-set.ts'
import { practitionerSystem } from '../../dmp/identity/national-identifiers.ts'
import { qualifiedPatient } from '../../dmp/identity/qualified-patient.ts'
import type { InsIdentifier } from '../../policy/caller.ts'
import { CommandError, exitCodes } from '../command.ts'
import type { Letter } from './letter.ts'

/** @throws CommandError when the CDA header does not hold a qualified identity (rule I1) */
export function patientOf({ header, ins }: Letter): Patient {
  const { family, firstGiven, birthGivenNames, gender, birthDate, birthPlace } = header.patient
  if (!family || !firstGiven || !birthGivenNames || !gender || !birthDate || !birthPlace)
    throw new CommandError(exitCodes.usage, 'the CDA header lacks a trait of the qualified identity (I1)')
  return qualifiedPatient(ins, { family, firstGiven, birthGivenNames, gender, birthDate, birthPlace })
}

export type Changes = { readonly ins?: InsIdentifier; readonly hash?: string }

/** One submission set with one document. `changes` are the errors that the story makes on purpose. */
export function submissionOf(letter: Letter, terminology: Terminology, changes: Changes = {}): Bundle {
  const { bytes, header } = letter
  const ins = changes.ins ?? letter.ins
  const subject = { reference: `Patient?identifier=${ins.system}|${ins.value}` }
  const [setUrl, documentUrl, binaryUrl] = [urn(), urn(), urn()]
  const author = {
    resourceType: 'PractitionerRole' as const,
    id: 'auteur',
    practitioner: {
      type: 'Practitioner' as const,
      identifier: { system: practitionerSystem, value: letter.authorId },
    },
  }
  const date = header.effectiveTime ?? new Date().toISOString()
  const described: DocumentReference = {
    resourceType: 'DocumentReference',
    contained: [author],
    masterIdentifier: { use: 'usual', system: 'urn:ietf:rfc:3986', value: cdaUniqueId(header.id) },
    status: 'current',
    subject,
    date,
    author: [{ reference: '#auteur' }],
    authenticator: { reference: '#auteur' },
    content: [
      {
        attachment: {
          contentType: 'text/xml',
          url: binaryUrl,
          size: bytes.length,
          hash: changes.hash ?? createHash('sha1').update(bytes).digest('base64'),
        },
      },
    ],
  }
  const document = completeFromCda(described, header, terminology)
  const set: List = {
    resourceType: 'List',
    contained: [author],
    extension: [
      {
        url: submissionSetExtensions.designationType,
        valueCodeableConcept: {
          coding: [
            {
              system: 'https://mos.esante.gouv.fr/NOS/TRE_R209-TypeActivite/FHIR/TRE-R209-TypeActivite',
              code: '03',
            },
          ],
        },
      },
      {
        url: submissionSetExtensions.sourceId,
        valueIdentifier: { system: 'urn:ietf:rfc:3986', value: `urn:oid:1.2.250.1.71.4.2.2` },
      },
    ],
    identifier: [{ use: 'usual', system: 'urn:ietf:rfc:3986', value: setIdentifierOf(letter) }],
    status: 'current',
    mode: 'working',
    code: {
      coding: [{ system: 'https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes', code: 'submissionset' }],
    },
    subject,
    date,
    source: { reference: '#auteur' },
    entry: [{ item: { reference: documentUrl } }],
  }
  const binary = { resourceType: 'Binary' as const, contentType: 'text/xml', data: bytes.toString('base64') }
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: setUrl, resource: set, request: { method: 'POST', url: 'List' } },
      { fullUrl: documentUrl, resource: document, request: { method: 'POST', url: 'DocumentReference' } },
      { fullUrl: binaryUrl, resource: binary, request: { method: 'POST', url: 'Binary' } },
    ],
  }
}

/** A choice of the patient about one professional, or a professional's own declaration (TD0.3). */
export function consentOf(category: ChoiceCategory, patient: string, professional: string): Consent {
  const permits = category !== 'blocage'
  const v3 = 'http://terminology.hl7.org/CodeSystem/v3'
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
    },
    category: [{ coding: [{ system: choiceSystem, code: category }] }],
    patient: { reference: patient },
    policyRule: { coding: [{ system: `${v3}-ActCode`, code: permits ? 'OPTIN' : 'OPTOUT' }] },
    provision: {
      type: permits ? 'permit' : 'deny',
      actor: [
        {
          role: { coding: [{ system: `${v3}-ParticipationType`, code: 'IRCP' }] },
          reference: { identifier: { system: practitionerSystem, value: professional } },
        },
      ],
    },
  }
}

/** Whether the patient permits bris de glace (A7). */
export function brisDeGlaceOf(patient: string, type: 'permit' | 'deny'): Consent {
  const { provision: _, ...consent } = consentOf(type === 'permit' ? 'autorisation' : 'blocage', patient, '')
  return {
    ...consent,
    category: [{ coding: [{ system: choiceSystem, code: 'bris-de-glace' }] }],
    provision: { type },
  }
}

/** A JSON Patch of label 0, as the ANS draft masks a document (TD3.3a) and shows it again. */
export function labelPatchOf(code: 'MASQUE_PS' | 'N'): object {
  const system = code === 'N' ? confidentialitySystem : visibilitySystem
  return [{ op: 'replace', path: '/securityLabel/0', value: { coding: [{ system, code }] } }]
}

/** The same for the same letter: a set pushed twice is one set. */
function setIdentifierOf({ bytes }: Letter): string {
  const digest = createHash('sha256').update('submission set\n').update(bytes).digest('hex')
  return `urn:oid:2.25.${BigInt(`0x${digest.slice(0, 32)}`)}`
}

function urn(): string {
  return `urn:uuid:${randomUUID()}`
}
