/**
 * What each client library does against the server, said once: a hospital pushes letters, a GP finds the record, is refused,
 * declares an authorisation, finds, reads, fetches, masks; the patient reads who came. How it is done is the library's.
 */
import type { AuditEvent, Bundle, Consent, DocumentReference, Patient, Resource } from '@medplum/fhirtypes'
import { requestToken } from '../../src/cli/request-token.ts'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { consent, freshUniqueId, patient, provideBundle, simplifiedPublish } from '../support/builders.ts'
import { administration, gp, hospital, matricule, patientPersona } from '../support/personas.ts'
import { syntheticCda } from '../support/synthetic-cda.ts'

export type World = AsyncDisposable & {
  /** The FHIR base, without a slash at its end. */
  readonly base: string
  readonly app: TestApp
  /** A record that nobody has come to yet. */
  readonly stage: () => Promise<Stage>
}

export type Stage = {
  readonly base: string
  readonly ins: InsIdentifier
  /** `system|value`, for `Patient?identifier=`. */
  readonly identifier: string
  /** Tokens of the sandbox issuer. */
  readonly hospital: string
  readonly gp: string
  readonly holder: string
  readonly other: (persona: Persona) => Promise<string>
  /** The n-th letter, as a lot of ITI-65; the same again is the same lot. */
  readonly lot: (n: number) => Bundle
  readonly letter: (n: number) => Buffer
  /** A letter alone (ITI-105). */
  readonly published: () => DocumentReference
  /** By which the GP declares itself authorised (TD0.3). */
  readonly declaration: (patientId: string) => Consent
}

export const LETTERS = 3

/** A server with its sandbox issuer. */
export async function clientsWorld(): Promise<World> {
  const app = await testApp({ DMP_ISSUERS: '' })
  const { base } = app
  const [ofHospital, ofGp, ofAdministration] = await Promise.all(
    [hospital, gp, administration].map((persona) => requestToken(base, persona)),
  )
  let records = 0
  return {
    base,
    app,
    async stage() {
      const ins = matricule(++records)
      const opened = await fetch(`${base}/Patient/$ouvrir`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ofAdministration}`, 'content-type': 'application/fhir+json' },
        body: JSON.stringify(patient(ins)),
      })
      if (opened.status !== 201) throw new Error(`no record: ${await opened.text()}`)
      const letters = Array.from({ length: LETTERS }, () => {
        const uniqueId = freshUniqueId()
        return { uniqueId, cda: syntheticCda({ ins, uniqueId }) }
      })
      const letterAt = (n: number) => {
        const found = letters[n]
        if (!found) throw new Error(`there are ${LETTERS} letters`)
        return found
      }
      return {
        base,
        ins,
        identifier: `${ins.system}|${ins.value}`,
        hospital: ofHospital ?? '',
        gp: ofGp ?? '',
        holder: await requestToken(base, patientPersona(ins)),
        other: (persona) => requestToken(base, persona),
        lot: (n) => provideBundle({ ins, ...letterAt(n) }),
        letter: (n) => letterAt(n).cda,
        published: () => simplifiedPublish({ ins }),
        declaration: (patientId) => consent('autorisation', patientId, gp.nationalId ?? ''),
      }
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}

/** What a client gave its user, if it is of this type; anything else is said whole. */
export function resource<T extends Resource['resourceType']>(
  value: unknown,
  type: T,
): Extract<Resource, { resourceType: T }> {
  if (!isOfType(value, type)) throw new Error(`no ${type}: ${JSON.stringify(value)}`)
  return value
}

function isOfType<T extends Resource['resourceType']>(
  value: unknown,
  type: T,
): value is Extract<Resource, { resourceType: T }> {
  return typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === type
}

/** The resources of one type in a Bundle, in its order. */
export function found<T extends Resource['resourceType']>(
  bundle: unknown,
  type: T,
): Extract<Resource, { resourceType: T }>[] {
  return (resource(bundle, 'Bundle').entry ?? []).flatMap((entry) =>
    isOfType(entry.resource, type) ? [entry.resource] : [],
  )
}

/** The caller's own standing, as TD0.2 says it. */
export function standingOf({ extension = [] }: Patient): string | undefined {
  return extension.find(({ url }) => url.endsWith('/dmp-autorisation'))?.valueCode
}

/** What our server calls each request, with its outcome; the oldest first. */
export function toldOf(traces: readonly AuditEvent[]): string[] {
  return traces.map(({ subtype, outcome }) => `${subtype?.at(-1)?.code} ${outcome}`).reverse()
}

/** What every journey has left behind, refusals included, each once. */
export const journeyTold = [
  'open-record 0',
  ...Array.from({ length: LETTERS }, () => 'provide-documents 0'),
  'find-patient 0',
  'search-document-references 4',
  'create-consent 0',
  'search-document-references 0',
  'search-document-references 0',
  'read-document-reference 0',
  'retrieve-document 0',
  'change-document 0',
  'read-document-reference 4',
]

/** As the ANS draft masks a document (TD3.3a). */
export const maskPatch = [
  {
    op: 'replace' as const,
    path: '/securityLabel/0',
    value: {
      coding: [
        {
          system:
            'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument',
          code: 'MASQUE_PS',
        },
      ],
    },
  },
]
