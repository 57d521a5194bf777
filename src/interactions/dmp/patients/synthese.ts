/**
 * GET /Patient/[id]/$synthese: the latest VSM and what other structured documents say, as one document, for who may read
 * the contents of documents; each of them within the scope of the caller.
 * @see docs/synthese.md; docs/policy.md F10, V3 to V7, H1
 */
import type { Patient } from '@medplum/fhirtypes'
import { refusal } from '../../../fhir/fhir-error.ts'
import { decodeUuid, encodeUuid, type Uuid } from '../../../fhir/id.ts'
import { syntheseDocuments } from '../../../storage/documents/synthese-documents.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import type { Answer } from '../../exchange.ts'
import type { Pairs } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { ask, askerOf, permit, unknown } from '../permit.ts'
import { patientSummary } from './patient-summary.ts'
import { syntheseBundle } from './synthese-bundle.ts'
import { readSources } from './synthese-sources.ts'

/** Documents looked at, opened or not. */
const mostDocuments = 100

export async function synthese(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('Patient')
  const [stranger] = pairs
  if (stranger) {
    const params = { name: stranger[0].slice(0, 64), type: '$synthese', known: '–' }
    throw refusal('not-supported', 'parametre-inconnu', { params })
  }
  const patientKey = decodeUuid(id)
  if (!patientKey) throw unknown()
  const at = { patientKey, id: patientKey }
  const found = await readResource(engine.db, 'Patient', at, undefined, askerOf(exchange))
  const { scope, record } = permit(engine, exchange, found?.record, 'read-content')
  if (!found?.resource) throw unknown()
  // Who the record belongs to is said to all who may read it; the INS to who may read the administrative data.
  const withIns = ask(engine, exchange, record, 'read-record').effect === 'permit'
  const patient: Patient = patientSummary(found.resource.body, { withIns })
  const documents = await syntheseDocuments(
    engine.db,
    patientKey,
    scope,
    synthesisTypes(engine),
    mostDocuments + 1,
  )
  exchange.trace.concerns('Patient', encodeUuid(patientKey), found.resource.version)
  const { read, unread } = await readSources(engine, exchange, patientKey, documents.slice(0, mostDocuments))
  const body = syntheseBundle({
    base: engine.base,
    now: exchange.now,
    newId: (): Uuid => engine.newId(exchange.now),
    systemOf: (oid) => engine.terminology.systems.urlOf(oid),
    patient,
    read,
    unread,
    more: documents.length > mostDocuments,
  })
  return { status: 200, body }
}

/** The VSM by each of its codes: LOINC, and that of the CI-SIS. */
function synthesisTypes({ terminology }: DmpEngine): string[] {
  return terminology.documentTypes.all
    .filter(({ code }) => code === '60591-5' || code === 'SYNTH')
    .map(({ system, code }) => `${system}|${code}`)
}
