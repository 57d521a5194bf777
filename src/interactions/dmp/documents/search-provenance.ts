/**
 * The seals of a record, the newest first: of what a document went through (`target`), or of all that are seen (`patient`).
 * @see https://hl7.org/fhir/R4/provenance.html#search, docs/seal.md; docs/policy.md D8, V7
 */
import { searchsetBundle } from '../../../fhir/bundle.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, isUuid, parseResourceId, type Uuid } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { parseReference } from '../../../fhir/reference.ts'
import { provenance, provenanceId } from '../../../seal/provenance.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import type { SearchCapability } from '../../../search/search-capability.ts'
import type { Criterion, ReferenceValue } from '../../../search/search-expression.ts'
import { selectsPatient } from '../../../search/select-patient.ts'
import { countSeals, type SealPosition, type SealTarget, searchSeals } from '../../../storage/seals/seals.ts'
import type { Answer } from '../../exchange.ts'
import { Pages } from '../../pages.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permitOrOwn } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { counted } from './found-bundle.ts'
import { recordOfTarget } from './record-of-target.ts'

export async function searchProvenance(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('Provenance')
  const search = parseSearch(ofDocuments(engine), withRecord(engine, pairs), 'strict')
  exchange.trace.asks('Provenance', queryOf(search.understood))
  const record = await recordAsked(engine, exchange, search.patient)
  const { scope, record: permitted } = permitOrOwn(engine, exchange, record, 'functional right')
  const key = permitted.facts.patientKey
  const query = queryOf([['patient', encodeUuid(key)], ...search.understood])
  const pages = new Pages(engine, exchange, 'Provenance', query, search.cursor)
  const asked = {
    patientKey: key,
    targets: search.criteria.flatMap((criterion) => targetsOf(engine, key, criterion)),
    recorded: search.criteria.flatMap((criterion) => (criterion.kind === 'date' ? [criterion.values] : [])),
    after: positionOf(pages),
    limit: search.count,
  }
  const [{ seals, more }, total] = await Promise.all([
    searchSeals(engine.db, scope, asked),
    counted(search) ? countSeals(engine.db, scope, asked) : undefined,
  ])
  for (const { document, version } of seals)
    exchange.trace.concerns('DocumentReference', encodeUuid(document), version)
  const last = more ? seals.at(-1) : undefined
  const entries = seals.map((seal) => ({
    fullUrl: `${engine.base}/Provenance/${provenanceId(key, seal)}`,
    resource: stringifyJson(provenance(key, seal, engine.base)),
    mode: 'match' as const,
  }))
  const links = pages.links(last && [last.recorded, last.document, last.version])
  return { status: 200, body: searchsetBundle(links, entries, total) }
}

/** Nothing but documents is sealed: a target is one of them. */
function ofDocuments({ searches, base }: DmpEngine): SearchCapability {
  const { Provenance, DocumentReference } = searches
  const target = Provenance.parameters.get('target')
  return {
    ...Provenance,
    ...(target
      ? { parameters: new Map([...Provenance.parameters, ['target', { ...target, modifiers: new Set() }]]) }
      : {}),
    base,
    of: (type) => (type === 'DocumentReference' ? DocumentReference : undefined),
  }
}

/** A document's id says in which record it is: who names one need not name the patient too. */
function withRecord(engine: DmpEngine, pairs: Pairs): Pairs {
  if (pairs.some(([name]) => selectsPatient(name))) return pairs
  const target = pairs.find(([name]) => name === 'target')?.[1]
  const patientKey = target === undefined ? undefined : recordOfTarget(engine.base, target)
  return patientKey ? [['patient', encodeUuid(patientKey)], ...pairs] : pairs
}

/** Of another record, or no document at all: a target that nothing here is about. */
function targetsOf(engine: DmpEngine, patientKey: Uuid, criterion: Criterion): SealTarget[][] {
  if (criterion.kind === 'date') return []
  if (criterion.kind !== 'reference')
    throw refusal('not-supported', 'non-pris-en-charge', { params: { what: `Provenance?${criterion.kind}` } })
  return [criterion.values.flatMap((value) => targetOf(engine, patientKey, value))]
}

function targetOf(engine: DmpEngine, patientKey: Uuid, value: ReferenceValue): SealTarget[] {
  const parsed = value.kind === 'url' ? parseReference(value.url, engine.base) : undefined
  const { type, id, version } =
    value.kind === 'local' ? value : parsed?.kind === 'relative' ? parsed : ({ type: '', id: '' } as const)
  const at = parseResourceId(id)
  if (at?.patientKey !== patientKey || (type ?? 'DocumentReference') !== 'DocumentReference') return []
  if (version === undefined) return [{ document: at.id, version: undefined }]
  return /^[1-9]\d{0,8}$/.test(version) ? [{ document: at.id, version: Number(version) }] : []
}

function positionOf(pages: Pages): SealPosition | undefined {
  const position = pages.after()
  if (!position) return undefined
  const [recorded, document, version, ...rest] = position
  const isOurs =
    typeof recorded === 'number' &&
    Number.isSafeInteger(recorded) &&
    typeof document === 'string' &&
    isUuid(document) &&
    typeof version === 'number' &&
    Number.isSafeInteger(version) &&
    rest.length === 0
  if (!isOurs) throw refusal('invalid', 'curseur-invalide')
  return { recorded, document, version }
}
