/**
 * Opens a record for a qualified identity: `POST Patient/$ouvrir`, or `PUT Patient?identifier=INS` for a client that may
 * send twice. The latter also brings a new matricule for a known one (rule I2).
 * @see docs/policy.md F0, I1 to I3
 */
import type { Patient } from '@medplum/fhirtypes'
import {
  checkQualifiedIdentity,
  compareTraits,
  identityTraits,
} from '../../../dmp/identity/identity-traits.ts'
import { readIns } from '../../../dmp/identity/ins.ts'
import { foldedTraits } from '../../../dmp/identity/match-grade.ts'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { encodeUuid, type Uuid } from '../../../fhir/id.ts'
import { type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import type { InsIdentifier } from '../../../policy/caller.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import type { Runner } from '../../../storage/database.ts'
import { replaceResource } from '../../../storage/records/change-record.ts'
import { findSubject, type Subject } from '../../../storage/records/find-subject.ts'
import {
  addIdentifiers,
  openRecord as insertRecord,
  writeTraits,
} from '../../../storage/records/open-record.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import { lockRecord } from '../../../storage/records/record-facts.ts'
import { insertTraces } from '../../../storage/traces/insert-traces.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import type { Pairs } from '../../query.ts'
import { readBodyOf } from '../../read-body.ts'
import { settleOpening } from '../consent/opening-consent.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permitOutsideRecord } from '../permit-outside-record.ts'

/** Left out by `stringifyJson` when undefined. */
type Identity = {
  readonly resource: JsonObject
  readonly ins: readonly InsIdentifier[]
  readonly traits: Traits
  readonly traitsFolded: string
}
type Traits = { readonly family: string; readonly gender: string; readonly birthDate: string }

export async function openRecord(
  engine: DmpEngine,
  exchange: DmpExchange,
  body: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('Patient')
  permitOutsideRecord(engine, exchange, 'F0')
  const identity = qualifiedIdentity(engine, body)
  const opened = await open(engine, exchange, identity)
  if (!opened) throw refusal('duplicate', 'dossier-existant')
  return opened
}

export async function openRecordByIdentifier(
  engine: DmpEngine,
  exchange: DmpExchange,
  body: Body | undefined,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('Patient', 'identifier=***')
  permitOutsideRecord(engine, exchange, 'F0')
  const asked = identifierAsked(engine, pairs)
  const identity = qualifiedIdentity(engine, body)
  if (!identity.ins.some(({ system, value }) => system === asked.system && value === asked.value)) {
    throw refusal('unprocessable', 'valeur-invalide', {
      params: { name: 'identifier', cause: '≠ ?identifier' },
      expression: 'Patient.identifier',
    })
  }
  const subject = await findSubject(engine.db, { ins: asked }, {})
  if (subject) return update(engine, exchange, identity, subject)
  const opened = await open(engine, exchange, identity)
  if (opened) return opened
  // Opened by another request in between: what that one wrote is now there to be compared with.
  const now = await findSubject(engine.db, { ins: asked }, {})
  if (!now) throw refusal('duplicate', 'dossier-existant')
  return update(engine, exchange, identity, now)
}

/** @throws FhirError 422 with all that keeps the identity from being a qualified one (rule I1) */
function qualifiedIdentity(engine: DmpEngine, body: Body | undefined): Identity {
  const resource = readBodyOf(engine, body, 'Patient')
  refuseFaults(validate(resource, engine.registry, { loaded: engine.profiles }))
  // `validate` found no fault: it is a Patient.
  const patient = resource as unknown as Patient
  refuseFaults(checkQualifiedIdentity(patient, engine.insTest))
  const traits = identityTraits(patient)
  const { ins, formerIns, family = '', gender = '', birthDate = '' } = traits
  const normal = [...ins, ...formerIns].flatMap((identifier) => {
    const read = readIns(identifier, engine.insTest, 'Patient.identifier')
    return 'ins' in read ? [read.ins] : []
  })
  return {
    resource,
    ins: normal,
    traits: { family, gender, birthDate },
    traitsFolded: foldedTraits(traits),
  }
}

function identifierAsked(engine: DmpEngine, pairs: Pairs): InsIdentifier {
  const [criterion] = parseSearch(engine.searches.Patient, pairs, 'strict').criteria
  const token = criterion?.kind === 'token' && criterion.values.length === 1 ? criterion.values[0] : undefined
  if (!token?.system || !token.code) throw refusal('required', 'patient-requis')
  const read = readIns({ system: token.system, value: token.code }, engine.insTest, 'Patient.identifier')
  if ('issue' in read) throw new FhirError('unprocessable', [read.issue])
  return read.ins
}

/** @returns undefined when one of the identifiers already leads to a record */
async function open(
  engine: DmpEngine,
  exchange: DmpExchange,
  identity: Identity,
): Promise<Answer | undefined> {
  const patientKey = engine.newId(exchange.now)
  const body = patientBody(identity.resource, patientKey, 1, exchange.now)
  const opened = await inTransaction(engine, async (transaction) => {
    const record = {
      patientKey,
      identifiers: identity.ins,
      familyName: identity.traits.family,
      traitsFolded: identity.traitsFolded,
      birthDate: identity.traits.birthDate,
      sex: identity.traits.gender,
      now: exchange.now,
      body,
    }
    if (!(await insertRecord(transaction, record))) throw new Taken()
    exchange.trace.inRecord(patientKey, false)
    exchange.trace.concerns('Patient', encodeUuid(patientKey), 1)
    await settleOpening(engine, exchange, transaction, patientKey, true)
    await insertTraces(transaction, [exchange.trace.row(201, '')])
  })
  if (!opened) return undefined
  exchange.trace.durable = true
  return answer(201, patientKey, 1, exchange.now, body)
}

/** The same identity again changes nothing; a new matricule is added, and the old one keeps leading here (rule I2). */
async function update(
  engine: DmpEngine,
  exchange: DmpExchange,
  identity: Identity,
  subject: Subject,
): Promise<Answer> {
  const { patientKey } = subject.record.facts
  exchange.trace.inRecord(patientKey, false)
  if (subject.record.facts.status !== 'open') throw closed(exchange)
  const differing = compareTraits(identity.traits, subject.traits)
  if (differing.length > 0) {
    throw refusal('unprocessable', 'traits-divergents', {
      rule: 'I3',
      params: { traits: differing.join(', ') },
    })
  }
  const at = { patientKey, id: patientKey }
  const stored = (await readResource(engine.db, 'Patient', at, undefined, {}))?.resource
  if (!stored) throw new Error('A record without its Patient')
  const fresh = identity.ins.filter(
    (i) => !subject.ins.some((k) => k.system === i.system && k.value === i.value),
  )
  const same = patientBody(identity.resource, patientKey, stored.version, stored.lastUpdated)
  exchange.trace.concerns('Patient', encodeUuid(patientKey), stored.version)
  if (fresh.length === 0 && same === stored.body) {
    return answer(200, patientKey, stored.version, stored.lastUpdated, stored.body)
  }
  const version = stored.version + 1
  const body = patientBody(identity.resource, patientKey, version, exchange.now)
  const changed = await inTransaction(engine, async (transaction) => {
    const locked = await lockRecord(transaction, patientKey, {}, 'change')
    // Its Patient says that it is closed, and only $reactiver may say otherwise.
    if (locked?.facts.status !== 'open') throw closed(exchange)
    if (!(await addIdentifiers(transaction, patientKey, fresh, exchange.now))) throw new Taken()
    const patient = { patientKey, type: 'Patient', id: patientKey, lastUpdated: exchange.now, body }
    if (!(await replaceResource(transaction, patient, stored.version))) {
      throw refusal('version-conflict', 'version-perimee')
    }
    await writeTraits(transaction, patientKey, identity.traitsFolded)
    await insertTraces(transaction, [exchange.trace.row(200, '')])
  })
  if (!changed) throw refusal('duplicate', 'dossier-existant')
  exchange.trace.durable = true
  return answer(200, patientKey, version, exchange.now, body)
}

function closed(exchange: DmpExchange): FhirError {
  exchange.trace.decided(['A12'])
  return refusal('suppressed', 'dossier-ferme', { rule: 'A12' })
}

/** An identifier of this identity leads to another record. */
class Taken extends Error {}

async function inTransaction(
  engine: DmpEngine,
  work: (transaction: Runner) => Promise<void>,
): Promise<boolean> {
  try {
    await engine.db.transaction(work)
    return true
  } catch (error) {
    if (error instanceof Taken) return false
    throw error
  }
}

function patientBody(resource: JsonObject, patientKey: Uuid, version: number, lastUpdated: number): string {
  const { resourceType, id: _, meta, active: __, ...rest } = resource
  const profile =
    typeof meta === 'object' && meta !== null && 'profile' in meta ? { profile: meta.profile } : {}
  return stringifyJson({
    resourceType,
    id: encodeUuid(patientKey),
    meta: { ...profile, versionId: String(version), lastUpdated: new Date(lastUpdated).toISOString() },
    active: true,
    ...rest,
  })
}

function answer(
  status: number,
  patientKey: Uuid,
  version: number,
  lastModified: number,
  body: string,
): Answer {
  const location = `Patient/${encodeUuid(patientKey)}/_history/${version}`
  return { status, location, etag: `W/"${version}"`, lastModified, body }
}
