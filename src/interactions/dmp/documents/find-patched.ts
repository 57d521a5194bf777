/**
 * The document that `?identifier=system|uniqueId` names: of the patient who is named too, or who calls. The ANS draft's
 * requests name no patient: a professional or a structure then finds the documents it wrote, and no other.
 * @see https://hl7.org/fhir/R4/http.html#patch (conditional), ANS PDSm4DMP 0.1.0 TD3.3a; docs/policy.md V7
 *
 * What is not there and what is unseen are one answer, whichever way it was asked.
 */
import { readIns } from '../../../dmp/identity/ins.ts'
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { decodeUuid, type ResourceId, type Uuid } from '../../../fhir/id.ts'
import { authorIds } from '../../../policy/actor-class.ts'
import { parseToken } from '../../../search/parameter-types/token.ts'
import { findDocumentIds, findOwnDocumentIds } from '../../../storage/documents/find-document.ts'
import { readDocument } from '../../../storage/documents/read-document.ts'
import { findPatientKey, findRecord } from '../../../storage/records/record-facts.ts'
import type { Pairs } from '../../query.ts'
import { badValue } from '../../rest/result-form.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, unknown } from '../permit.ts'
import { type Sight, sightIn } from './sight.ts'

const known = ['identifier', 'patient', 'patient.identifier']

/** @throws FhirError 400 on another query, the refusal of the record, 404 for nothing that is seen, 412 for several */
export async function findPatched(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<ResourceId> {
  const { identifier, patient } = readCondition(pairs)
  const patientKey = patient ?? holderOf(exchange)
  if (!patientKey) return findOwn(engine, exchange, identifier)
  const key = typeof patientKey === 'string' ? patientKey : await keyOf(engine, patientKey)
  const record = key && (await findRecord(engine.db, key, askerOf(exchange)))
  const sight = sightIn(engine, exchange, record)
  const candidates = await findDocumentIds(engine.db, sight.record.facts.patientKey, identifier)
  exchange.trace.decided(sight.rules)
  const seen = await whichAreSeen(engine, exchange, candidates, () => sight)
  return only(seen) ?? fail(sight.absent)
}

async function findOwn(engine: DmpEngine, exchange: DmpExchange, identifier: string): Promise<ResourceId> {
  const self = authorIds(exchange.caller)
  const candidates = self.length > 0 ? await findOwnDocumentIds(engine.db, identifier, self) : []
  const seen = await whichAreSeen(engine, exchange, candidates, undefined)
  return only(seen) ?? fail(refusal('required', 'patient-requis'))
}

type Ins = { readonly system: string; readonly value: string }

function readCondition(pairs: Pairs): {
  readonly identifier: string
  readonly patient: Uuid | Ins | undefined
} {
  const unknownName = pairs.find(([name]) => !known.includes(name))?.[0]
  if (unknownName !== undefined) {
    const params = {
      name: unknownName.slice(0, 64),
      type: 'PATCH DocumentReference',
      known: known.join(', '),
    }
    throw refusal('not-supported', 'parametre-inconnu', { params })
  }
  const values = (name: string): string[] => pairs.filter(([n]) => n === name).map(([, value]) => value)
  const [identifier, ...others] = values('identifier').map(wholeToken)
  if (!identifier || others.length > 0) throw badValue('identifier', 'system|uniqueId')
  const [byId, ...moreIds] = values('patient')
  const [byIns, ...moreIns] = values('patient.identifier').map(wholeToken)
  if (moreIds.length + moreIns.length > 0 || (byId !== undefined && byIns !== undefined))
    throw badValue('patient', 'patient | patient.identifier')
  const patient = byId === undefined ? byIns : decodeUuid(byId.replace(/^Patient\//, ''))
  if (byId !== undefined && patient === undefined) throw unknown()
  return { identifier: `${identifier.system}|${identifier.value}`, patient }
}

/** `system|value`, both: a condition must be sure of what it names. */
function wholeToken(text: string): Ins {
  const token = parseToken(text)
  if (!token?.system || !token.code) throw badValue('identifier', 'system|value')
  return { system: token.system, value: token.code }
}

/** Whoever acts in the record of one patient has named it by the token. */
function holderOf({ caller }: DmpExchange): Ins | undefined {
  return caller.onBehalfOf ?? caller.ins
}

async function keyOf(engine: DmpEngine, ins: Ins): Promise<Uuid | undefined> {
  const read = readIns(ins, engine.insTest, 'patient.identifier')
  if ('issue' in read) throw new FhirError('unprocessable', [read.issue])
  return findPatientKey(engine.db, read.ins)
}

/** @param sight of the one record; undefined: each document in its own, and one that is refused is not seen */
async function whichAreSeen(
  engine: DmpEngine,
  exchange: DmpExchange,
  candidates: readonly ResourceId[],
  sight: (() => Sight) | undefined,
): Promise<ResourceId[]> {
  const found = await Promise.all(candidates.map((at) => readDocument(engine.db, at, askerOf(exchange))))
  return candidates.filter((_, i) => {
    const { record, document } = found[i] ?? {}
    if (!document) return false
    const seeing = sight ? sight() : sightUnlessRefused(engine, exchange, record)
    return seeing?.sees(document.facts) ?? false
  })
}

function sightUnlessRefused(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: Parameters<typeof sightIn>[2],
): Sight | undefined {
  try {
    return sightIn(engine, exchange, record)
  } catch (error) {
    // A record that refuses the caller is one in which it finds nothing: which record it is must not be told.
    if (error instanceof FhirError && error.status < 500) return undefined
    throw error
  }
}

/** @throws FhirError 412 for several */
function only(seen: readonly ResourceId[]): ResourceId | undefined {
  if (seen.length > 1) throw refusal('multiple-matches', 'correspondances-multiples')
  return seen[0]
}

function fail(error: FhirError): never {
  throw error
}
