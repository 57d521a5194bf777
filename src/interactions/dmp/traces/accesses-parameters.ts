/**
 * What `$acces` answers, as Parameters: `habilite` for each who may see the record, `bloque` for each who may not, `acces`
 * for each who came.
 * @see docs/api.md "$acces"
 */

import { clientSystem } from '../../../dmp/client-system.ts'
import { practitionerSystem, structureSystem } from '../../../dmp/identity/national-identifiers.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import type { AnswerParameter } from '../../../fhir/operation-parameters.ts'
import type { RecordFacts } from '../../../policy/facts.ts'
import type { Representative } from '../../../storage/records/list-representatives.ts'
import type { OpenedService } from '../../../storage/records/service-consent.ts'
import type { AccessSummary } from '../../../storage/traces/summarise-traces.ts'

export function whoMay(
  facts: RecordFacts,
  representatives: readonly Representative[],
  services: readonly OpenedService[],
  now: number,
): AnswerParameter[] {
  const { authorisations, medecinTraitant, careTeams, blocked, patientKey } = facts
  const inForce = authorisations.filter(({ until }) => until > now)
  const authorised = new Set(inForce.map(({ actor }) => actor))
  return [
    ...inForce.map(({ actor, until }) => allowed(actor, 'autorisation', until)),
    ...(medecinTraitant === '' ? [] : [allowed(medecinTraitant, 'medecin-traitant', null)]),
    ...careTeams
      .filter(({ until }) => until === null || until > now)
      // A team that the patient did not write counts while one of its members is authorised (A1).
      .filter(({ byPatient, members }) => byPatient || members.some((member) => authorised.has(member)))
      .flatMap(({ members, until }) => members.map((member) => allowed(member, 'equipe-de-soins', until))),
    ...representatives.map(({ kind, until, consentId }): AnswerParameter => {
      const reference = `Consent/${formatResourceId({ patientKey, id: consentId })}`
      return {
        name: 'habilite',
        part: [
          { name: 'titre', value: ['Code', kind === 'AIDANT' ? 'aidant' : 'representation'] },
          { name: 'choix', value: ['Reference', { reference }] },
          ...ending(until),
        ],
      }
    }),
    ...services.map(({ service, until, consentId }): AnswerParameter => {
      const reference = `Consent/${formatResourceId({ patientKey, id: consentId })}`
      return {
        name: 'habilite',
        part: [
          { name: 'service', value: ['Identifier', { system: clientSystem, value: service }] },
          { name: 'titre', value: ['Code', 'service-tiers'] },
          { name: 'choix', value: ['Reference', { reference }] },
          ...ending(until),
        ],
      }
    }),
    ...blocked.map((actor): AnswerParameter => ({ name: 'bloque', part: identified(actor) })),
  ]
}

export function whoCame(accesses: readonly AccessSummary[], patientKey: Uuid): AnswerParameter[] {
  return accesses.map((access): AnswerParameter => {
    const { person, organization, actor, done, refused, failed, reads, writes, first, last, modes } = access
    const isHolder = person === 'patient' && actor === 'PATIENT'
    return {
      name: 'acces',
      part: [
        ...whoIs(person, isHolder, patientKey),
        ...(organization === '' ? [] : identified(organization)),
        { name: 'acteur', value: ['Code', actor === '' ? 'inconnu' : actor] },
        { name: 'aboutis', value: ['Integer', done] },
        { name: 'refuses', value: ['Integer', refused] },
        { name: 'echoues', value: ['Integer', failed] },
        { name: 'lectures', value: ['Integer', reads] },
        { name: 'ecritures', value: ['Integer', writes] },
        { name: 'premier', value: ['DateTime', new Date(first).toISOString()] },
        { name: 'dernier', value: ['DateTime', new Date(last).toISOString()] },
        ...modes.map(({ mode }): AnswerParameter => ({ name: 'mode', value: ['Code', mode] })),
        ...modes.map(
          ({ mode, done, refused, failed }): AnswerParameter => ({
            name: 'parMode',
            part: [
              { name: 'mode', value: ['Code', mode] },
              { name: 'aboutis', value: ['Integer', done] },
              { name: 'refuses', value: ['Integer', refused] },
              { name: 'echoues', value: ['Integer', failed] },
            ],
          }),
        ),
      ],
    }
  })
}

/** The patient, a professional, or the Consent by which somebody acts for the patient; who came as a structure is none. */
function whoIs(person: string, isHolder: boolean, patientKey: Uuid): AnswerParameter[] {
  if (isHolder) return [holder(patientKey)]
  if (person.startsWith('ps:')) return identified(person)
  if (!person.startsWith('rp:')) return []
  const reference = `Consent/${encodeUuid(patientKey)}.${person.slice(3)}`
  return [{ name: 'choix', value: ['Reference', { reference }] }]
}

function holder(patientKey: Uuid): AnswerParameter {
  return { name: 'patient', value: ['Reference', { reference: `Patient/${encodeUuid(patientKey)}` }] }
}

function allowed(actor: string, title: string, until: number | null): AnswerParameter {
  return {
    name: 'habilite',
    part: [...identified(actor), { name: 'titre', value: ['Code', title] }, ...ending(until)],
  }
}

function ending(until: number | null): AnswerParameter[] {
  if (until === null || !Number.isFinite(until)) return []
  return [{ name: 'fin', value: ['DateTime', new Date(until).toISOString()] }]
}

/** @param id `ps:…` or `st:…` */
function identified(id: string): AnswerParameter[] {
  const value = id.slice(3)
  return id.startsWith('st:')
    ? [{ name: 'structure', value: ['Identifier', { system: structureSystem, value }] }]
    : [{ name: 'professionnel', value: ['Identifier', { system: practitionerSystem, value }] }]
}
