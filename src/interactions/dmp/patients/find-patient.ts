/**
 * TD0.2: does a record exist for this INS, is it open, and what is my own standing there? Answers no administrative
 * data: those are TD1.3a (`GET Patient/[id]`). The extensions of the ANS draft are answered but for
 * `dmp-rattachement-mes`: whether the patient uses Mon espace santé is not known here.
 * @see docs/policy.md F1 and contract of the ANS draft PDSm4DMP
 */
import { readIns } from '../../../dmp/identity/ins.ts'
import { searchsetBundle } from '../../../fhir/bundle.ts'
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid } from '../../../fhir/id.ts'
import type { InsIdentifier } from '../../../policy/caller.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import { findRecordByIns } from '../../../storage/records/find-record-by-ins.ts'
import type { Answer } from '../../exchange.ts'
import type { Pairs } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit } from '../permit.ts'
import { standingExtensions } from './find-patient-extensions.ts'

export async function findPatient(engine: DmpEngine, exchange: DmpExchange, pairs: Pairs): Promise<Answer> {
  exchange.trace.asks('Patient', 'identifier=***')
  const ins = insAsked(engine, pairs)
  const found = await findRecordByIns(engine.db, ins, askerOf(exchange))
  const self = {
    relation: 'self' as const,
    url: `${engine.base}/Patient?identifier=${encodeURIComponent(`${ins.system}|${ins.value}`)}`,
  }
  if (!found) return { status: 200, body: searchsetBundle([self], []) }
  const { record } = found
  try {
    permit(engine, exchange, record, 'find-record')
  } catch (error) {
    // Another patient's record does not exist for this one (P1): a search says so by finding nothing.
    if (error instanceof FhirError && error.category === 'not-found') {
      return { status: 200, body: searchsetBundle([self], []) }
    }
    throw error
  }
  const id = encodeUuid(record.facts.patientKey)
  exchange.trace.concerns('Patient', id, 1)
  const resource = JSON.stringify({
    resourceType: 'Patient',
    id,
    meta: {
      tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }],
    },
    extension: standingExtensions(engine, exchange, found),
    identifier: [{ use: 'official', system: ins.system, value: ins.value }],
    active: record.facts.status === 'open',
  })
  return {
    status: 200,
    body: searchsetBundle([self], [{ fullUrl: `${engine.base}/Patient/${id}`, resource, mode: 'match' }]),
  }
}

/** The one INS that the query names. @throws 400 for anything else, 422 for a matricule that cannot be one */
function insAsked(engine: DmpEngine, pairs: Pairs): InsIdentifier {
  const search = parseSearch(engine.searches.Patient, pairs, 'strict')
  const [criterion, ...others] = search.criteria
  const [token, ...alternatives] = criterion?.kind === 'token' ? criterion.values : []
  if (!token || others.length > 0 || alternatives.length > 0) {
    throw refusal('required', 'patient-requis')
  }
  const read = readIns(
    { system: token.system ?? '', value: token.code ?? '' },
    engine.insTest,
    'Patient.identifier',
  )
  if ('issue' in read) throw new FhirError('unprocessable', [read.issue])
  return read.ins
}
