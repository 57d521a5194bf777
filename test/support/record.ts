/** A record with what a conformance test needs in it, put there over HTTP like anything else. */
import type { DocumentReference } from '@medplum/fhirtypes'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import type { TestApp } from './app.ts'
import {
  type Choice,
  consent,
  type DocumentParts,
  freshUniqueId,
  patient,
  provideBundle,
} from './builders.ts'
import { type Received, resourceOf, verdict } from './http-client.ts'
import { administration, hospital, patientPersona } from './personas.ts'

export type TestRecord = {
  readonly ins: InsIdentifier
  /** Logical id of the Patient. */
  readonly id: string
  readonly holder: Persona
  /** Pushes one document by ITI-65, and answers where it lies. */
  readonly push: (parts?: Partial<DocumentParts>, by?: Persona) => Promise<PushedDocument>
  readonly choose: (category: Choice, actor: string, period?: { end: string }) => Promise<Received>
}

export type PushedDocument = {
  readonly uniqueId: string
  readonly listId: string
  readonly documentId: string
  readonly binaryId: string
}

export async function openTestRecord(
  app: TestApp,
  ins: InsIdentifier,
  traits: Parameters<typeof patient>[1] = {},
): Promise<TestRecord> {
  const opened = await app.as(administration).post('/Patient/$ouvrir', patient(ins, traits))
  if (opened.status !== 201) throw new Error(`no record: ${verdict(opened)}`)
  const id = resourceOf(opened, 'Patient').id ?? ''
  const holder = patientPersona(ins)
  return {
    ins,
    id,
    holder,
    async push(parts = {}, by = hospital) {
      const uniqueId = parts.uniqueId ?? freshUniqueId()
      const answer = await app.as(by).post('', provideBundle({ ins, ...parts, uniqueId }))
      return pushed(answer, uniqueId)
    },
    choose: (category, actor, period) =>
      app.as(holder).post('/Consent', consent(category, id, actor, period)),
  }
}

/** Where the entries of a submission lie, in the order of `provideBundle`. */
export function pushed(answer: Received, uniqueId: string): PushedDocument {
  if (answer.status !== 200) throw new Error(`not pushed: ${verdict(answer)}`)
  const [list, document, binary] = (resourceOf(answer, 'Bundle').entry ?? []).map(({ response }) => {
    const id = /^[A-Za-z]+\/([^/]+)\/_history\/1$/.exec(response?.location ?? '')?.[1]
    if (id === undefined) throw new Error(`no location: ${answer.text}`)
    return id
  })
  if (!list || !document || !binary) throw new Error(`not three entries: ${answer.text}`)
  return { uniqueId, listId: list, documentId: document, binaryId: binary }
}

/** The documents of a searchset, in its order. */
export function foundDocuments(answer: Received): DocumentReference[] {
  if (answer.status !== 200) throw new Error(`no search: ${verdict(answer)}`)
  return (resourceOf(answer, 'Bundle').entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'DocumentReference' ? [resource] : [],
  )
}

/** By whom a patient's document are searched: `patient.identifier=…`, encoded. */
export function byIns({ system, value }: InsIdentifier): string {
  return `patient.identifier=${encodeURIComponent(`${system}|${value}`)}`
}
