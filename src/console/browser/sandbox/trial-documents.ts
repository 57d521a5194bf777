/**
 * What the trial record is made with: the Patient of a qualified INS, the demonstration's letter filled with this record's
 * identifiers, and reports in PDF. Everybody in it is invented.
 * @see docs/policy.md I1; ANS PDSm, simplified publish (ITI-105), generate-metadata (ITI-106)
 */
import { roleOf } from './cast.ts'
import { practitionerSystem, structureSystem } from './choices.ts'
import type { Ins } from './persona.ts'
import { qualifiedPatient } from './qualified-patient.ts'

export const trialName = 'DESMARAIS Hélène'
const nos = (table: string): string =>
  `https://mos.esante.gouv.fr/NOS/${table}/FHIR/${table.replaceAll('_', '-')}`
const DAY_MS = 86_400_000

export type Identity = { readonly ins: Ins; readonly birthDate: string }

export function trialPatient({ ins, birthDate }: Identity): object {
  return qualifiedPatient({
    ins,
    family: 'DESMARAIS',
    given: 'HÉLÈNE',
    birthNames: 'HÉLÈNE ODETTE',
    gender: 'female',
    birthDate,
    birthPlace: '35238',
  })
}

/** @param template names its values in double braces @param documentOid one that nobody else has @throws for a name without a value */
export function trialLetter(
  template: string,
  { ins, birthDate }: Identity,
  now: Date,
  newOid: () => string,
): string {
  const admission = new Date(now.getTime() - 8 * DAY_MS)
  const followUp = new Date(now.getTime() + 7 * DAY_MS)
  const gp = roleOf('gp').persona(ins)
  const author = roleOf('author').persona(ins)
  const values: Readonly<Record<string, string | undefined>> = {
    documentId: newOid(),
    setId: newOid(),
    matricule: ins.value,
    birthTime: birthDate.replaceAll('-', ''),
    gpId: gp.nationalId,
    authorId: author.nationalId,
    hospitalId: author.structureId,
    now: cdaTime(now),
    day: cdaTime(now).slice(0, 8),
    admission: cdaTime(admission),
    admissionDate: cdaTime(admission).slice(0, 8),
    admissionDay: frenchDay(admission),
    discharge: cdaTime(now),
    dischargeDay: frenchDay(now),
    followUp: cdaTime(followUp).slice(0, 8),
  }
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`The letter names ${name}, which has no value`)
    return value
  })
}

export type Report = { readonly type: string; readonly title: string; readonly lines: readonly string[] }

/** By the GP of the cast. */
export const trialReports: readonly Report[] = [
  {
    type: '11488-4',
    title: 'Compte rendu de consultation',
    lines: [
      'Compte rendu de consultation',
      'Dr Camille Rouault, medecine generale',
      '',
      'Tension arterielle 13/8, poids stable.',
      'Traitement inchange, revoir dans un mois.',
    ],
  },
  {
    type: '75496-0',
    title: 'Demande de téléexpertise, cardiologie',
    lines: [
      'Demande de teleexpertise',
      'Dr Camille Rouault, medecine generale',
      '',
      'Avis cardiologique sur la majoration du bisoprolol.',
    ],
  },
]

/** ITI-105: one document with its bytes, and what is to be known of it. */
export function reportDocument(
  { type, title }: Report,
  { ins, birthDate }: Identity,
  data: string,
  now: Date,
  newOid: () => string,
): object {
  const { nationalId, structureId } = roleOf('gp').persona(ins)
  const date = `${now.toISOString().slice(0, 19)}Z`
  return {
    resourceType: 'DocumentReference',
    contained: [
      {
        resourceType: 'PractitionerRole',
        id: 'auteur',
        practitioner: {
          identifier: { system: practitionerSystem, value: nationalId },
          display: 'Camille ROUAULT',
        },
        organization: { reference: '#structure' },
        specialty: [coded(nos('TRE_A02-ProfessionSavFaire-CISIS'), 'G15_10/SM54')],
      },
      {
        resourceType: 'Organization',
        id: 'structure',
        identifier: [{ system: structureSystem, value: structureId }],
        name: 'Cabinet de la place du Marché',
      },
      {
        resourceType: 'Patient',
        id: 'patient',
        identifier: [{ use: 'official', ...ins }],
        name: [{ use: 'official', family: 'DESMARAIS', given: ['HÉLÈNE'] }],
        gender: 'female',
        birthDate,
      },
    ],
    masterIdentifier: { use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:${newOid()}` },
    status: 'current',
    type: coded('http://loinc.org', type),
    category: [coded(nos('TRE_A03-ClasseDocument'), '10')],
    subject: { reference: `Patient?identifier=${ins.system}|${ins.value}` },
    date,
    author: [{ reference: '#auteur' }],
    authenticator: { reference: '#auteur' },
    custodian: { reference: '#structure' },
    securityLabel: [coded('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'N')],
    content: [
      {
        attachment: { contentType: 'application/pdf', language: 'fr-FR', title, creation: date, data },
        format: { system: nos('TRE_A11-IheFormatCode'), code: 'urn:ihe:iti:xds-sd:pdf:2008' },
      },
    ],
    context: {
      period: { start: date },
      facilityType: coded(nos('TRE_R02-SecteurActivite'), 'SA07'),
      practiceSetting: coded(nos('TRE_A01-CadreExercice'), 'AMBULATOIRE'),
      sourcePatientInfo: { reference: '#patient' },
    },
  }
}

function coded(system: string, code: string): object {
  return { coding: [{ system, code }] }
}

/** Universal time, said so. */
function cdaTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace(/[-:T]/g, '')}+0000`
}

function frenchDay(time: Date): string {
  return new Intl.DateTimeFormat('fr-FR', { timeZone: 'Europe/Paris' }).format(time)
}
