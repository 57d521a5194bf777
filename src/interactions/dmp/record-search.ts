/**
 * A search of what belongs to a record and is no document (choices, care teams, messages), newest first, page by page. Who may
 * search, and how far, was decided before; it comes as criteria, before the limit.
 * @see https://hl7.org/fhir/R4/http.html#search
 */
import { practitionerSystem, structureSystem } from '../../dmp/identity/national-identifiers.ts'
import { searchsetBundle } from '../../fhir/bundle.ts'
import { FhirError } from '../../fhir/fhir-error.ts'
import { encodeUuid, parseResourceId, timeOfUuid, type Uuid } from '../../fhir/id.ts'
import type { Criterion, SearchExpression, TokenValue } from '../../search/search-expression.ts'
import { badValue } from '../../search/search-faults.ts'
import {
  countRecord,
  type FoundResource,
  type RecordCriterion,
  type RecordType,
  recordTerm,
  type SaidInstant,
  searchRecord,
} from '../../storage/records/search-record.ts'
import type { Answer } from '../exchange.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'
import { counted } from './documents/found-bundle.ts'
import { RecordPages } from './record-pages.ts'

export type RecordSearchRequest = {
  readonly type: RecordType
  readonly patientKey: Uuid
  readonly search: SearchExpression
  /** Systems of the codes of a parameter; a parameter without one has codes of FHIR. */
  readonly systems: Readonly<Record<string, string>>
  /** What bounds the caller. */
  readonly bounds: readonly RecordCriterion[]
  /** Parameters that compare an instant of the body. */
  readonly instants?: Readonly<Record<string, SaidInstant>>
  /** The order when it is that of an instant: the search says in which direction. */
  readonly order?: SaidInstant
  /** The bodies as this caller is shown them; as they are stored unless said. */
  readonly shown?: (found: readonly FoundResource[]) => Promise<readonly string[]>
}

export async function searchInRecord(
  engine: DmpEngine,
  exchange: DmpExchange,
  request: RecordSearchRequest,
): Promise<Answer> {
  const { type, patientKey, search, systems, bounds, instants = {}, shown = asStored, order } = request
  const criteria = search.criteria.map((criterion) =>
    recordCriterion(type, patientKey, systems, instants, criterion),
  )
  const [key] = search.sort
  const within = {
    patientKey,
    type,
    criteria: [...criteria, ...bounds],
    ...(order && key ? { order: { element: order, descending: key.descending } } : {}),
  }
  const paging = new RecordPages(engine, exchange, search, patientKey)
  const before = paging.after()
  const [{ found, more }, total] = await Promise.all([
    searchRecord(engine.db, within, before, search.count),
    counted(search) ? countRecord(engine.db, within) : undefined,
  ])
  for (const { id, version } of found) exchange.trace.concerns(type, encodeUuid(id), version)
  const last = more ? found.at(-1) : undefined
  const record = encodeUuid(patientKey)
  const bodies = await shown(found)
  const entries = found.map(({ id }, i) => ({
    fullUrl: `${engine.base}/${type}/${record}.${encodeUuid(id)}`,
    resource: bodies[i] ?? '',
    mode: 'match' as const,
  }))
  const links = paging.links(last && { at: order ? last.at : timeOfUuid(last.id), id: last.id })
  return { status: 200, body: searchsetBundle(links, entries, total) }
}

async function asStored(found: readonly FoundResource[]): Promise<readonly string[]> {
  return found.map(({ body }) => body)
}

/** @throws FhirError 400 for a reference: whom a choice names, it names by identifier */
function recordCriterion(
  type: RecordSearchRequest['type'],
  patientKey: Uuid,
  systems: RecordSearchRequest['systems'],
  instants: Readonly<Record<string, SaidInstant>>,
  criterion: Criterion,
): RecordCriterion {
  const { parameter } = criterion
  switch (criterion.kind) {
    case 'id': {
      const ids = criterion.values.flatMap((text) => parseResourceId(text) ?? [])
      return { kind: 'ids', ids: ids.filter((at) => at.patientKey === patientKey).map(({ id }) => id) }
    }
    case 'date': {
      const element = instants[parameter]
      return element === undefined
        ? { kind: 'updated', values: criterion.values }
        : { kind: 'said', element, values: criterion.values }
    }
    case 'token': {
      const codes = criterion.values.flatMap((value) =>
        parameter === 'identifier' ? identifierOf(value) : codeOf(value, systems[parameter]),
      )
      return {
        kind: 'terms',
        not: criterion.not,
        terms: codes.map((code) => recordTerm(type, parameter, code)),
      }
    }
    case 'reference-identifier': {
      const terms = criterion.values.flatMap(actorsOf).map((actor) => recordTerm(type, parameter, actor))
      return { kind: 'terms', not: false, terms }
    }
    default:
      throw new FhirError('invalid', [badValue(parameter, `${parameter}:identifier=[system]|[value]`)])
  }
}

/** An identifier is found by its value, or by both: it has a term for each. */
function identifierOf({ system, code }: TokenValue): string[] {
  if (code === undefined) return []
  return [system === undefined ? code : `${system}|${code}`]
}

function codeOf({ system, code }: TokenValue, own: string | undefined): string[] {
  return code === undefined || (own !== undefined && system !== undefined && system !== own) ? [] : [code]
}

/** As records know actors: `ps:…`, `st:…`. */
export function actorsOf({ system, code }: TokenValue): string[] {
  if (code === undefined) return []
  return [
    ...(system === undefined || system === practitionerSystem ? [`ps:${code}`] : []),
    ...(system === undefined || system === structureSystem ? [`st:${code}`] : []),
  ]
}
