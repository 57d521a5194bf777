/**
 * What traces are found by, taken from what they say: to know which rows a code finds, an AuditEvent is rendered for each
 * combination of the columns that the code follows from, and its search values are extracted as everywhere. So a search
 * agrees with what it shows, whatever the rendering is, and SQL compares a few codes.
 *
 * That nothing else decides is a property test: test/interactions/trace-search.test.ts.
 * @see src/audit/forms/ (the rendering); src/storage/traces/trace-condition.ts
 */

import { renderTrace } from '../../../audit/forms/render-trace.ts'
import type { ShownTrace } from '../../../audit/forms/shown-trace.ts'
import { interactions } from '../../../audit/interaction-names.ts'
import type { Registry } from '../../../definitions/registry.ts'
import { accessModes, authenticationModes } from '../../../dmp/matrices/functional-matrix.ts'
import { NO_PATIENT, type Uuid } from '../../../fhir/id.ts'
import { parisTime } from '../../../fhir/paris-time.ts'
import { tokenActors } from '../../../policy/caller.ts'
import { buildExtraction } from '../../../search/extraction/build-extraction.ts'
import type { Extractor } from '../../../search/extraction/compile-extractor.ts'
import type { ReferenceValue, TokenValue, UriValue } from '../../../search/extraction/index-values.ts'
import { type CodedColumn, none, type TraceCondition } from '../../../storage/traces/trace-condition.ts'

/** All that a column may hold. */
const domains: Readonly<Record<CodedColumn, readonly string[]>> = {
  interaction: Object.entries(interactions).flatMap(([name, kind]) => ('untraced' in kind ? [] : [name])),
  outcome: ['0', '4', '8'],
  actor: ['', 'SYSTEME', ...tokenActors],
  authentication: ['', ...authenticationModes],
  mode: [...accessModes],
  network: ['', 'asked'],
}

const statuses: Readonly<Record<string, number>> = { '0': 200, '4': 403, '8': 500 }

/** Found in every trace that has it, and the condition for having it. */
export type Payload = { readonly trace: Partial<ShownTrace>; readonly condition: TraceCondition }
export type Says =
  | { readonly parameter: string; readonly token: (value: TokenValue) => boolean }
  | { readonly parameter: string; readonly reference: (value: ReferenceValue) => boolean }
  | { readonly parameter: string; readonly uri: (value: UriValue) => boolean }

export class TraceTerms {
  readonly #server: string
  readonly #extractors: ReadonlyMap<string, Extractor>
  /** Of parameters that follow from codes alone, rendered once. */
  readonly #known = new Map<
    string,
    readonly { readonly row: readonly string[]; readonly tokens: readonly TokenValue[] }[]
  >()

  /** @param server this server's FHIR base */
  constructor(registry: Registry, server: string) {
    this.#server = server
    this.#extractors = buildExtraction(registry, { base: server, zone: parisTime }, [
      'AuditEvent',
    ]).extractors('AuditEvent')
  }

  /** Traces whose columns make them say such a token. */
  coded(
    parameter: string,
    columns: readonly CodedColumn[],
    matches: (value: TokenValue) => boolean,
  ): TraceCondition {
    let known = this.#known.get(parameter)
    if (!known) {
      known = rowsOf(columns).map((row) => ({ row, tokens: this.#tokens(parameter, probe(columns, row)) }))
      this.#known.set(parameter, known)
    }
    const rows = known.filter(({ tokens }) => tokens.some(matches)).map(({ row }) => row)
    return { kind: 'coded', columns, rows }
  }

  /** Traces that hold one of these, and whose columns make them say it. */
  holding(
    patientKey: Uuid,
    columns: readonly CodedColumn[],
    payloads: readonly Payload[],
    says: Says,
  ): TraceCondition {
    const found = payloads.flatMap(({ trace, condition }): TraceCondition[] => {
      const rows = rowsOf(columns).filter((row) =>
        this.#says({ ...probe(columns, row), patient_key: patientKey, ...trace }, says),
      )
      return rows.length === 0 ? [] : [{ kind: 'all', of: [condition, { kind: 'coded', columns, rows }] }]
    })
    return found.length === 0 ? none : { kind: 'any', of: found }
  }

  #says(trace: ShownTrace, says: Says): boolean {
    const event = renderTrace(trace, 'balp', { server: this.#server })
    const extractor = this.#extractors.get(says.parameter)
    if ('token' in says && extractor?.type === 'token') return extractor.extract(event).some(says.token)
    if ('reference' in says && extractor?.type === 'reference')
      return extractor.extract(event).some(says.reference)
    if ('uri' in says && extractor?.type === 'uri') return extractor.extract(event).some(says.uri)
    throw new Error(`AuditEvent?${says.parameter} is of another type`)
  }

  #tokens(parameter: string, trace: ShownTrace): readonly TokenValue[] {
    const extractor = this.#extractors.get(parameter)
    if (extractor?.type !== 'token') throw new Error(`AuditEvent?${parameter} is no token`)
    return extractor.extract(renderTrace(trace, 'balp', { server: this.#server }))
  }
}

function rowsOf(columns: readonly CodedColumn[]): readonly (readonly string[])[] {
  return columns.reduce<readonly (readonly string[])[]>(
    (rows, column) => rows.flatMap((row) => domains[column].map((value) => [...row, value])),
    [[]],
  )
}

/** A trace that is nobody's, with these values. */
function probe(columns: readonly CodedColumn[], row: readonly string[]): ShownTrace {
  const value = (column: CodedColumn, otherwise: string): string => row[columns.indexOf(column)] ?? otherwise
  const outcome = value('outcome', '0')
  return {
    patient_key: NO_PATIENT,
    id: NO_PATIENT,
    recorded: 0,
    interaction: value('interaction', 'search-traces'),
    outcome,
    status: statuses[outcome] ?? 200,
    error: '',
    actor: value('actor', 'PS'),
    authentication: value('authentication', 'DIRECTE'),
    person: '',
    organization: '',
    profession: '',
    client: '',
    on_behalf_of: null,
    mode: value('mode', 'normal'),
    motive: '',
    rules: [],
    resource_type: '',
    entities: [],
    query: '',
    request_id: '',
    network: value('network', 'asked') === '' ? '' : '127.0.0.1',
  }
}
