/**
 * What traces are found by: AuditEvent's parameters of FHIR R4 that say something of this server's traces, the one of TdE,
 * and `purpose`, which R4 lacks. Each other one that R4 defines is refused with its reason.
 * @see https://hl7.org/fhir/R4/auditevent.html#search; profiles.md §4 (TdE); docs/api.md "Traces"
 */

import type { Registry } from '../definitions/registry.ts'
import type { Wording } from '../fhir/errors/wording.ts'
import { parisTime } from '../fhir/paris-time.ts'
import { recordLimits } from './column-capability.ts'
import type {
  Modifier,
  ParameterKind,
  ResultParameter,
  SearchableParameter,
  SearchCapability,
} from './search-capability.ts'
import { noCodes } from './search-codes.ts'
import { unansweredParameters } from './unanswered-parameters.ts'

type Answered = { readonly kind: ParameterKind; readonly modifiers: readonly Modifier[] }

const token: Answered = { kind: 'token', modifiers: ['not'] }
const date: Answered = { kind: 'date', modifiers: [] }
const reference: Answered = { kind: 'reference', modifiers: ['identifier'] }

const answered: ReadonlyMap<string, Answered> = new Map<string, Answered>([
  ['_id', { kind: 'id', modifiers: [] }],
  ['_lastUpdated', date],
  ['date', date],
  ['period-start', date],
  ['action', token],
  ['outcome', token],
  ['type', token],
  ['subtype', token],
  ['purpose', token],
  ['agent-role', token],
  ['site', token],
  ['agent', reference],
  ['entity', reference],
  ['policy', { kind: 'uri', modifiers: [] }],
])

const nameless = {
  fr: 'les traces ne contiennent aucun nom : agent:identifier trouve une personne ou une structure par son numéro national',
  en: 'traces hold no names: agent:identifier finds a person or a structure by its national number',
}
const refused: ReadonlyMap<string, Wording> = new Map<string, Wording>([
  ...unansweredParameters,
  ['agent-name', nameless],
  ['altid', nameless],
  [
    'address',
    {
      fr: 'les adresses se lisent dans une trace et ne sont pas indexées',
      en: 'addresses are shown in a trace and are no index',
    },
  ],
  [
    'entity-name',
    {
      fr: 'ce qu’une trace désigne n’y porte pas de nom : entity le trouve par sa référence',
      en: 'what a trace names has no name in it: entity finds it by its reference',
    },
  ],
  [
    'entity-role',
    {
      fr: 'entity trouve ce qu’une trace désigne, subtype ce qui en a été fait',
      en: 'entity finds what a trace names, subtype what was done with it',
    },
  ],
  [
    'entity-type',
    {
      fr: 'entity trouve ce qu’une trace désigne par son type et son identifiant',
      en: 'entity finds what a trace names by its type and id',
    },
  ],
  [
    'source',
    {
      fr: 'toute trace est ici de ce serveur : site le nomme',
      en: 'every trace here is this server’s: site names it',
    },
  ],
  [
    '_content',
    { fr: 'les traces ne contiennent aucun texte de document', en: 'traces hold no text of documents' },
  ],
  ['_text', { fr: 'les traces n’ont pas de récit', en: 'traces have no narrative' }],
  [
    '_security',
    { fr: 'les étiquettes des traces ne sont pas indexées', en: 'labels of traces are in no index' },
  ],
  ['_tag', { fr: 'les marques (tag) des traces ne sont pas indexées', en: 'tags of traces are in no index' }],
  ['_source', { fr: 'toute trace est ici de ce serveur', en: 'every trace here is this server’s' }],
])

const resultParameters: readonly ResultParameter[] = ['_count', '_sort', '_total', '_summary', '_elements']

/** @throws at start when R4 defines a parameter of AuditEvent that is neither answered nor refused */
export function traceCapability(registry: Registry, base: string): SearchCapability {
  const defined = registry.searchParameters('AuditEvent')
  const parameters = new Map<string, SearchableParameter>()
  for (const [code, { kind, modifiers }] of answered) {
    const definition = defined.get(code)
    if (!definition) throw new Error(`AuditEvent?${code} is not defined`)
    parameters.set(code, {
      code,
      kind,
      definition: definition.url,
      type: definition.type,
      modifiers: new Set(modifiers),
      targets: new Set(),
      components: [],
    })
  }
  for (const code of defined.keys())
    if (!parameters.has(code) && !refused.has(code) && !elsewhere.has(code))
      throw new Error(`AuditEvent?${code} is neither answered nor refused`)
  const types = new Set(registry.resourceTypes)
  const capability: SearchCapability = Object.freeze({
    types: ['AuditEvent'],
    parameters,
    sortable: new Set(['date']),
    defaultSort: [{ parameter: 'date', descending: true }],
    defaults: [],
    patientRequired: true,
    resultParameters: new Set(resultParameters),
    totals: ['none', 'estimate', 'accurate'] as const,
    limits: recordLimits,
    zone: parisTime,
    base,
    codes: noCodes,
    elements: new Set((registry.resourceType('AuditEvent')?.elements ?? []).map(({ name }) => name)),
    refusal: (code: string) => refused.get(code),
    // A reference names its type; there is no chain to it.
    of: (type: string) => (types.has(type) ? capability : undefined),
    narrow: () => capability,
  })
  return capability
}

/** The record (select-patient.ts), and the form of the answer (interactions/dmp/traces/trace-form.ts). */
const elsewhere: ReadonlySet<string> = new Set(['patient', '_profile', '_query'])
