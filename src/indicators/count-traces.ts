/**
 * What a trace adds to the counts of usage. A document is counted by the trace of its deposit, which is of the very
 * millisecond that its id holds: the same document sent again is traced later. (Sent twice within one millisecond by a client
 * that does not wait, in a lot, it counts twice.) A reading is that its content was opened — the bytes, or the synthesis of
 * a record, which opens several — by a person who is not its author; for who acts as a structure, by a structure that is not.
 *
 * NOT counted: what a trace leaves unsaid because it names more than 120 resources; what a subscriber is told.
 */
import { policyErrors } from '../fhir/errors/policy-errors.ts'
import { decodeUuid, timeOfUuid, type Uuid } from '../fhir/id.ts'
import { monthOf } from './month.ts'
import type { UsageCounts } from './usage-counts.ts'

/** What is asked of a trace. */
export type CountedTrace = {
  readonly patient_key: Uuid
  /** Milliseconds since 1970. */
  readonly recorded: number
  readonly interaction: string
  readonly status: number
  readonly error: string
  readonly actor: string
  readonly profession: string
  readonly person: string
  readonly organization: string
  readonly mode: string
  readonly rules: readonly string[]
  readonly entities: readonly string[]
}

/** A document, and what is to be known of it. */
export type DocumentKey = { readonly patientKey: Uuid; readonly id: Uuid }
export type CountedDocument = DocumentKey & {
  /** `system|code` */
  readonly type: string
  /** `system|code` of the healthcare facility type; empty where it is not said. */
  readonly facility: string
  /** `ps:…`, `st:…`, `patient` */
  readonly authors: readonly string[]
  /** When it was made, milliseconds since 1970: the first instant that its date may mean. */
  readonly created: number | undefined
}

/** That a document was opened by somebody else; whether it was the first time is not known here. */
export type Reading = DocumentKey & { readonly at: number }

const deposits: ReadonlySet<string> = new Set(['publish-document', 'generate-metadata', 'provide-documents'])
const openings: ReadonlySet<string> = new Set(['retrieve-document', 'synthese'])
const searches: ReadonlySet<string> = new Set(['search-document-references', 'search-lists'])

/** Whether the documents that a trace names are counted too. */
export type Counting = { readonly named: boolean }

/** The interactions of which traces are counted when they succeed; refusals are, of all. */
export const countedInteractions: ReadonlyMap<string, Counting> = new Map([
  ...counting([...deposits, ...openings], { named: true }),
  ...counting(searches, { named: false }),
])

function counting(names: Iterable<string>, how: Counting): [string, Counting][] {
  return [...names].map((name) => [name, how])
}

const HOUR = 60 * 60 * 1000
/** Made before, and deposited within it. */
const ON_TIME_MS = 24 * HOUR

/** The documents that must be known to count this trace. */
export function documentsToKnow(trace: CountedTrace): DocumentKey[] {
  if (trace.status >= 400) return []
  if (deposits.has(trace.interaction))
    return documentsNamed(trace).filter(({ id }) => timeOfUuid(id) === trace.recorded)
  return openings.has(trace.interaction) ? documentsNamed(trace) : []
}

/**
 * @param known those of `documentsToKnow` that there are: what was destroyed meanwhile is not counted
 * @param counts to which it adds
 */
export function countTrace(
  trace: CountedTrace,
  known: (key: DocumentKey) => CountedDocument | undefined,
  counts: UsageCounts,
): Reading[] {
  const { interaction, recorded, status, mode } = trace
  const month = monthOf(recorded)
  if (status >= 400) {
    if (status < 500) counts.add('refus', month, [trace.error, ruleOf(trace)])
    return []
  }
  if (deposits.has(interaction)) {
    for (const key of documentsToKnow(trace)) {
      const document = known(key)
      if (!document) continue
      counts.add('type', month, [codeOf(document.type), timeliness(document, recorded)])
      counts.add('origine', month, [kindOfAuthor(document, trace.actor), codeOf(document.facility)])
    }
    return []
  }
  if (openings.has(interaction)) {
    counts.add('ouverture', month, [mode, whoOf(trace)])
    return documentsNamed(trace).flatMap((key) => {
      const document = known(key)
      return document && !isAuthor(trace, document) ? [{ ...key, at: recorded }] : []
    })
  }
  if (searches.has(interaction)) counts.add('recherche', month, [mode, whoOf(trace)])
  return []
}

function documentsNamed({ patient_key: patientKey, entities }: CountedTrace): DocumentKey[] {
  const ids = new Set<Uuid>()
  for (const entity of entities) {
    const [type, text = ''] = entity.split('/')
    const id = type === 'DocumentReference' ? decodeUuid(text) : undefined
    if (id) ids.add(id)
  }
  return [...ids].map((id) => ({ patientKey, id }))
}

/** Of a refusal that policy made, the rule that made it; what else is wrong with a request has none. */
function ruleOf({ error, rules }: CountedTrace): string {
  return error in policyErrors ? (rules[0] ?? '') : ''
}

/** The profession of a professional, else the actor. */
function whoOf({ actor, profession }: CountedTrace): string {
  return actor === 'PS' && profession !== '' ? profession : actor
}

export type AuthorKind = 'professionnel' | 'structure' | 'patient' | 'assurance-maladie' | 'inconnu'

function kindOfAuthor({ authors }: CountedDocument, depositor: string): AuthorKind {
  if (authors.includes('patient')) return 'patient'
  if (depositor === 'ASSURANCE_MALADIE') return 'assurance-maladie'
  if (authors.some((author) => author.startsWith('ps:'))) return 'professionnel'
  return authors.some((author) => author.startsWith('st:')) ? 'structure' : 'inconnu'
}

export type Timeliness = 'sous-24h' | 'plus-tard' | 'inconnu'

function timeliness({ created }: CountedDocument, deposited: number): Timeliness {
  if (created === undefined || !Number.isFinite(created)) return 'inconnu'
  return deposited - created < ON_TIME_MS ? 'sous-24h' : 'plus-tard'
}

/** A colleague of the same structure is somebody else, although the structure is an author too. */
function isAuthor({ person, organization }: CountedTrace, { authors }: CountedDocument): boolean {
  return authors.includes(person === '' ? organization : person)
}

function codeOf(token: string): string {
  return token.slice(token.lastIndexOf('|') + 1)
}
