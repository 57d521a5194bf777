/**
 * `POST Patient/[id]/$fermer` and `$reactiver`: the holder, or the administration, closes the record; the holder reactivates
 * it. A closed record keeps what it holds and answers nothing but that it is closed. Both may be sent again.
 * What $fermer keeps in `record.closing_reason` is JSON: `{"code": …, "text": … or absent}`.
 * @see docs/policy.md A12; CSP R.1111-28; code system dmp-motif-fermeture of the ANS draft PDSm4DMP
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { decodeUuid, encodeUuid, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import {
  type OperationParameters,
  readParameters,
  refuseUnknown,
  singleParameter,
  textParameter,
  writeParameters,
} from '../../../fhir/operation-parameters.ts'
import type { Action } from '../../../policy/question.ts'
import type { Runner } from '../../../storage/database.ts'
import { replaceResource, closeRecord as writeClosing } from '../../../storage/records/change-record.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import { findRecord, type KnownRecord, lockRecord } from '../../../storage/records/record-facts.ts'
import { insertTraces } from '../../../storage/traces/insert-traces.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import { readBody } from '../../read-body.ts'
import { nextVersion } from '../../rest/write/next-version.ts'
import { storedBody } from '../consent/consent-body.ts'
import { settleOpening } from '../consent/opening-consent.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit } from '../permit.ts'

type Reason = { readonly code: string; readonly text?: string }

const CODE = /^[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*$/
const MAX_CODE = 64
const MAX_TEXT = 500

export async function closeRecord(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  sent: Body | undefined,
): Promise<Answer> {
  const record = await asked(engine, exchange, id, 'close-record')
  const reason = readReason(engine, exchange, sent)
  return settle(engine, exchange, record, 'close-record', reason)
}

export async function reactivateRecord(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
): Promise<Answer> {
  const record = await asked(engine, exchange, id, 'reactivate-record')
  return settle(engine, exchange, record, 'reactivate-record', undefined)
}

async function asked(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  action: Action,
): Promise<KnownRecord> {
  exchange.trace.asks('Patient')
  const patientKey = decodeUuid(id)
  const found = patientKey && (await findRecord(engine.db, patientKey, askerOf(exchange)))
  return permit(engine, exchange, found, action).record
}

/** @param reason why it is closed; undefined to reactivate it */
async function settle(
  engine: DmpEngine,
  exchange: DmpExchange,
  { facts: { patientKey } }: KnownRecord,
  action: 'close-record' | 'reactivate-record',
  reason: Reason | undefined,
): Promise<Answer> {
  await engine.db.transaction(async (transaction) => {
    const record = await lockRecord(transaction, patientKey, askerOf(exchange), 'change')
    const { facts } = permit(engine, exchange, record, action).record
    if ((facts.status === 'closed') === (reason !== undefined)) return
    await write(engine, exchange, transaction, patientKey, reason)
    exchange.trace.durable = true
  })
  const parameters = writeParameters([{ name: 'ferme', value: ['Boolean', reason !== undefined] }])
  return { status: 200, body: stringifyJson(parameters) }
}

async function write(
  engine: DmpEngine,
  exchange: DmpExchange,
  transaction: Runner,
  patientKey: Uuid,
  reason: Reason | undefined,
): Promise<void> {
  const { now, trace } = exchange
  const id = encodeUuid(patientKey)
  const found = await readResource(transaction, 'Patient', { patientKey, id: patientKey }, undefined, {})
  if (!found?.resource) throw new Error('A record without its Patient')
  const version = found.resource.version + 1
  const patient = { ...storedBody(found.resource.body), active: reason === undefined }
  const body = stringifyJson(nextVersion(patient, id, version, now))
  trace.concerns('Patient', id, version)
  if (exchange.caller.actor !== 'PATIENT')
    trace.owes([{ key: `choix Patient/${id}/${version}`, kind: 'choix', recipient: 'patient' }])
  await settleOpening(engine, exchange, transaction, patientKey, reason === undefined)
  const closing = reason && { at: now, reason: stringifyJson(reason) }
  const [replaced] = await Promise.all([
    replaceResource(
      transaction,
      { patientKey, type: 'Patient', id: patientKey, lastUpdated: now, body },
      version - 1,
    ),
    writeClosing(transaction, patientKey, closing),
    insertTraces(transaction, [trace.row(200, '')]),
  ])
  if (!replaced) throw refusal('conflict', 'conflit-concurrent')
}

/** `motif` (code) and `raison` (text). The patient need give none: whoever closes for the patient says why. */
function readReason(engine: DmpEngine, exchange: DmpExchange, sent: Body | undefined): Reason {
  const parameters: OperationParameters = sent ? readParameters(readBody(engine, sent)) : new Map()
  refuseUnknown(parameters, ['motif', 'raison'])
  const motif = codeOf(parameters) ?? (exchange.caller.actor === 'PATIENT' ? 'patient-demande' : undefined)
  if (motif === undefined) throw refusal('required', 'parametre-requis', { params: { name: 'motif' } })
  if (motif.length > MAX_CODE || !CODE.test(motif)) throw badValue('motif', `code, ≤ ${MAX_CODE}`)
  const raison = textParameter(parameters, 'raison')?.trim()
  if (raison === undefined || raison === '') return { code: motif }
  if ([...raison].length > MAX_TEXT || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(raison))
    throw badValue('raison', `string, ≤ ${MAX_TEXT}`)
  return { code: motif, text: raison }
}

/** As a code, or as the first coding of a concept. */
function codeOf(parameters: OperationParameters): string | undefined {
  const value = singleParameter(parameters, 'motif')?.value
  if (value === undefined || typeof value === 'string') return value
  const coding = isJsonObject(value) ? firstCoding(value) : undefined
  const code = coding?.code
  if (typeof code !== 'string') throw badValue('motif', 'code | Coding | CodeableConcept')
  return code
}

function firstCoding(value: JsonObject): JsonObject | undefined {
  if (!Array.isArray(value.coding)) return value
  const [coding] = value.coding
  return isJsonObject(coding) ? coding : undefined
}

function badValue(name: string, form: string): Error {
  return refusal('unprocessable', 'parametre-invalide', { type: 'value', params: { name, form } })
}
