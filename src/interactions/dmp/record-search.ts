/**
 * A search of what belongs to a record and is no document (choices, care teams), newest first, page by page. Who may
 * search, and how far, was decided before; it comes as criteria, before the limit.
 * @see https://hl7.org/fhir/R4/http.html#search
 */
import { practitionerSystem, structureSystem } from '../../dmp/national-identifiers.ts'
import { searchsetBundle } from '../../fhir/bundle.ts'
import { FhirError } from '../../fhir/fhir-error.ts'
import { encodeUuid, parseResourceId, timeOfUuid, type Uuid } from '../../fhir/id.ts'
import type { Criterion, SearchExpression, TokenValue } from '../../search/search-expression.ts'
import { badValue } from '../../search/search-faults.ts'
import { countRecord, type RecordCriterion, recordTerm, searchRecord } from '../../storage/search-record.ts'
import type { Answer } from '../exchange.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'
import { RecordPages } from './record-pages.ts'

export type RecordSearchRequest = {
  readonly type: 'Consent' | 'CareTeam'
  readonly patientKey: Uuid
  readonly search: SearchExpression
  /** Systems of the codes of a parameter; a parameter without one has codes of FHIR. */
  readonly systems: Readonly<Record<string, string>>
  /** What bounds the caller. */
  readonly bounds: readonly RecordCriterion[]
}

export async function searchInRecord(
  engine: DmpEngine,
  exchange: DmpExchange,
  { type, patientKey, search, systems, bounds }: RecordSearchRequest,
): Promise<Answer> {
  const criteria = search.criteria.map((criterion) => recordCriterion(type, patientKey, systems, criterion))
  const within = { patientKey, type, criteria: [...criteria, ...bounds] }
  const paging = new RecordPages(engine, exchange, search, patientKey)
  const before = paging.after()?.id
  const [{ found, more }, total] = await Promise.all([
    searchRecord(engine.db, within, before, search.count),
    search.total === 'accurate' ? countRecord(engine.db, within) : undefined,
  ])
  for (const { id, version } of found) exchange.trace.concerns(type, encodeUuid(id), version)
  const last = more ? found.at(-1)?.id : undefined
  const record = encodeUuid(patientKey)
  const entries = found.map(({ id, body }) => ({
    fullUrl: `${engine.base}/${type}/${record}.${encodeUuid(id)}`,
    resource: body,
    mode: 'match' as const,
  }))
  const links = paging.links(last && { at: timeOfUuid(last), id: last })
  return { status: 200, body: searchsetBundle(links, entries, total) }
}

/** @throws FhirError 400 for a reference: whom a choice names, it names by identifier */
function recordCriterion(
  type: RecordSearchRequest['type'],
  patientKey: Uuid,
  systems: RecordSearchRequest['systems'],
  criterion: Criterion,
): RecordCriterion {
  const { parameter } = criterion
  switch (criterion.kind) {
    case 'id': {
      const ids = criterion.values.flatMap((text) => parseResourceId(text) ?? [])
      return { kind: 'ids', ids: ids.filter((at) => at.patientKey === patientKey).map(({ id }) => id) }
    }
    case 'date':
      return { kind: 'updated', values: criterion.values }
    case 'token': {
      const codes = criterion.values.flatMap((value) => codeOf(value, systems[parameter]))
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
