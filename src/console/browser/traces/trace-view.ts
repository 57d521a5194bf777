/**
 * An AuditEvent (IHE BALP form) as the page tells it: who, what, when, in which mode, and how it ended.
 * @see docs/audit-forms.md
 */
import { type Fields, listAt, textAt, valueAt } from '../sandbox/read-json.ts'

export type TraceMode = 'normal' | 'bris_de_glace' | 'centre_15'

export type Who = {
  /** `PS`, `PATIENT` …; empty for what the server did by itself. */
  readonly actor: string
  /** National number of a professional; empty for anybody else. */
  readonly professional: string
  readonly structure: string
}

export type TraceView = {
  readonly id: string
  readonly recorded: string
  readonly who: Who
  readonly interaction: string
  /** The trace's own French words for it. */
  readonly display: string
  readonly mode: TraceMode
  readonly motive: string
  readonly refused: boolean
  /** Ids of the DocumentReferences that were shown or written. */
  readonly documents: readonly string[]
  readonly rules: readonly string[]
  /** Something is kept from this reader. */
  readonly partial: boolean
}

const INTERACTION = 'https://dmp-fhir.example/CodeSystem/interaction'
const ACTOR = 'https://dmp-fhir.example/CodeSystem/acteur'
const PRACTITIONER = 'urn:oid:1.2.250.1.71.4.2.1'
const STRUCTURE = 'urn:oid:1.2.250.1.71.4.2.2'
const reasons: Readonly<Record<string, TraceMode>> = { BTG: 'bris_de_glace', ETREAT: 'centre_15' }

export function traceView(event: Fields): TraceView {
  const subtype = listAt(event, 'subtype').find(({ system }) => system === INTERACTION)
  const agents = listAt(event, 'agent')
  const user = agents.find(({ requestor }) => requestor === true)
  return {
    id: textAt(event, 'id'),
    recorded: textAt(event, 'recorded'),
    who: whoOf(user, agents),
    interaction: textAt(subtype, 'code'),
    display: textAt(subtype, 'display'),
    mode: modeOf(event),
    motive:
      listAt(event, 'purposeOfEvent')
        .map((reason) => textAt(reason, 'text'))
        .find((text) => text !== '') ?? '',
    refused: textAt(event, 'outcome') !== '0',
    documents: documentsOf(event),
    rules: policyOf(user),
    partial: listAt(event, 'meta', 'tag').some(({ code }) => code === 'SUBSETTED'),
  }
}

function whoOf(user: Fields | undefined, agents: readonly Fields[]): Who {
  const codings = listAt(user, 'role').flatMap((role) => listAt(role, 'coding'))
  const identifiers = agents.map((agent) => valueAt(agent, 'who', 'identifier'))
  const numberIn = (system: string): string => {
    const found = identifiers.find((identifier) => textAt(identifier, 'system') === system)
    return textAt(found, 'value')
  }
  return {
    actor: textAt(
      codings.find(({ system }) => system === ACTOR),
      'code',
    ),
    professional: numberIn(PRACTITIONER),
    structure: numberIn(STRUCTURE),
  }
}

function modeOf(event: Fields): TraceMode {
  const codings = listAt(event, 'purposeOfEvent').flatMap((reason) => listAt(reason, 'coding'))
  return (
    codings.map((coding) => reasons[textAt(coding, 'code')]).find((mode) => mode !== undefined) ?? 'normal'
  )
}

function documentsOf(event: Fields): readonly string[] {
  const ids = listAt(event, 'entity').flatMap((entity) => {
    const [, id] =
      /^DocumentReference\/([A-Za-z0-9.-]{1,64})(?:\/_history\/|$)/.exec(
        textAt(entity, 'what', 'reference'),
      ) ?? []
    return id === undefined ? [] : [id]
  })
  return [...new Set(ids)]
}

function policyOf(user: Fields | undefined): readonly string[] {
  const policy = valueAt(user, 'policy')
  if (!Array.isArray(policy)) return []
  return policy.flatMap((rule) => (typeof rule === 'string' ? [rule.slice(rule.indexOf('#') + 1)] : []))
}
