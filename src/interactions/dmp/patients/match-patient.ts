/**
 * TD0.5, `POST Patient/$match` (ITI-119): finds a patient by traits, without INS. For the medical dispatch alone (centre 15,
 * F4, A9): family name at birth, date of birth and sex, all three; given names weigh.
 *
 * A record is told only where the caller could consult it in this mode: one whose holder objected to centre 15, or blocked
 * the caller, or closed it, is not found. Each one told leaves a trace in that record, which its holder reads (T4); the
 * notice of A10 is owed when the record is consulted: a namesake's holder was not the one looked for.
 * @see https://profiles.ihe.net/ITI/PDQm/ITI-119.html and docs/policy.md F4
 */
import type { Patient } from '@medplum/fhirtypes'
import { foldName } from '../../../dmp/identity/identity-traits.ts'
import { insKind } from '../../../dmp/identity/ins.ts'
import {
  type AskedTraits,
  type Match,
  matchGrade,
  readFoldedTraits,
} from '../../../dmp/identity/match-grade.ts'
import { searchsetBundle } from '../../../fhir/bundle.ts'
import { parseFhirDate } from '../../../fhir/date.ts'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { fold } from '../../../fhir/fold.ts'
import { encodeUuid } from '../../../fhir/id.ts'
import {
  booleanParameter,
  integerParameter,
  readParameters,
  refuseUnknown,
  singleParameter,
} from '../../../fhir/operation-parameters.ts'
import { matchRecords, type TraitsCandidate } from '../../../storage/records/match-records.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf } from '../permit.ts'
import { permitOutsideRecord } from '../permit-outside-record.ts'
import { mayConsult } from './may-consult.ts'
import { patientSummary } from './patient-summary.ts'

/** Nobody chooses among more: a name that common needs another trait. */
const MAX_MATCHES = 10
const DEFAULT_MATCHES = 5
/** Read before they are graded, nearest names first. */
const CANDIDATES = 50

type Asked = AskedTraits & {
  readonly birthDate: string
  readonly sex: string
  readonly count: number
  readonly onlyCertain: boolean
}
type Found = { readonly candidate: TraitsCandidate; readonly match: Match }

export async function matchPatient(
  engine: DmpEngine,
  exchange: DmpExchange,
  body: Body | undefined,
): Promise<Answer> {
  const { trace, mode } = exchange
  trace.asks('Patient')
  permitOutsideRecord(engine, exchange, 'F4')

  const asked = askedOf(engine, body)
  const candidates = await matchRecords(engine.db, asked, askerOf(exchange), CANDIDATES)
  const found = candidates
    .flatMap((candidate): Found[] => {
      const match = matchGrade(asked, readFoldedTraits(candidate.traitsFolded), candidate.nearness)
      return match && mayConsult(engine, exchange, candidate.record, mode) ? [{ candidate, match }] : []
    })
    .sort((a, b) => b.match.score - a.match.score)
  const certain = found.filter(({ match }) => match.grade === 'certain')
  // Two people who share all that was said: neither is certainly the one.
  const [theOne] = certain.length === 1 ? certain : []
  const told = asked.onlyCertain ? (theOne ? [theOne] : []) : found.slice(0, asked.count)
  await traceEach(engine, exchange, told)
  const entries = told.map(({ candidate, match }) => {
    const isTheOne = candidate === theOne?.candidate
    const grade = match.grade === 'certain' && !isTheOne ? 'probable' : match.grade
    const id = encodeUuid(candidate.patientKey)
    trace.concerns('Patient', id, candidate.version)
    return {
      fullUrl: `${engine.base}/Patient/${id}`,
      resource: JSON.stringify(patientSummary(candidate.body, { withIns: isTheOne })),
      mode: 'match' as const,
      match: { score: match.grade === grade ? match.score : 0.8, grade },
    }
  })
  return { status: 200, body: searchsetBundle([], entries, entries.length) }
}

/** One trace in each record told of, by the side of the request's own, which is in none. */
async function traceEach(engine: DmpEngine, exchange: DmpExchange, told: readonly Found[]): Promise<void> {
  const rows = told.map(({ candidate: { patientKey, version } }) => {
    const part = exchange.trace.part(engine.newId(exchange.now))
    part.asks('Patient')
    part.decided(['F4', 'A9'])
    part.inRecord(patientKey, false)
    part.concerns('Patient', encodeUuid(patientKey), version)
    return part.row(200, '')
  })
  try {
    await Promise.all(rows.map((row) => engine.traces.write(row)))
  } catch (cause) {
    const impossible = refusal('transient', 'trace-impossible')
    impossible.cause = cause
    throw impossible
  }
}

/** @throws FhirError 400 without the traits it takes, 422 for a Patient that is none */
function askedOf(engine: DmpEngine, body: Body | undefined): Asked {
  const parameters = readParameters(readBodyOf(engine, body, 'Parameters'))
  refuseUnknown(parameters, ['resource', 'onlyCertainMatches', 'count'])
  const count = integerParameter(parameters, 'count') ?? DEFAULT_MATCHES
  if (count < 1)
    throw refusal('invalid', 'parametre-invalide', { params: { name: 'count', form: `1 … ${MAX_MATCHES}` } })
  const resource = singleParameter(parameters, 'resource')?.resource
  if (resource?.resourceType !== 'Patient') throw missing('resource (Patient)')
  refuseFaults(validate(resource, engine.registry, { loaded: engine.profiles }))
  // `validate` found no fault: it is a Patient.
  const { identifier = [], name = [], birthDate = '', gender = '' } = resource as unknown as Patient
  if (identifier.some(({ system = '' }) => insKind(system)))
    throw refusal('not-supported', 'non-pris-en-charge', {
      params: { what: 'Patient.identifier (INS): TD0.2' },
    })
  const official = name.find(({ use }) => use === 'official') ?? name[0]
  const family = foldName(official?.family ?? '')
  const lacking = [
    ...(family === '' ? ['Patient.name.family'] : []),
    ...(parseFhirDate(birthDate)?.precision === 'day' ? [] : ['Patient.birthDate (YYYY-MM-DD)']),
    ...(gender === 'male' || gender === 'female' ? [] : ['Patient.gender (male, female)']),
  ].map(missing)
  const [first, ...others] = lacking.flatMap(({ issues }) => issues)
  if (first) throw new FhirError('required', [first, ...others])
  return {
    family,
    given: fold((official?.given ?? []).join(' '))
      .split(' ')
      .filter((text) => text !== ''),
    birthDate,
    sex: gender,
    count: Math.min(count, MAX_MATCHES),
    onlyCertain: booleanParameter(parameters, 'onlyCertainMatches') ?? false,
  }
}

function missing(name: string): FhirError {
  return refusal('required', 'parametre-requis', { params: { name } })
}
