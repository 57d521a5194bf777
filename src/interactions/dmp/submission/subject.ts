/**
 * Whose record a submission is for: a reference to a Patient of this server, a conditional one, or a logical one, by INS.
 * A patient who has no record is unknown, by any of them.
 */
import { type Ins, insKind, readIns } from '../../../dmp/identity/ins.ts'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { decodeUuid, encodeUuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonValue } from '../../../fhir/json.ts'
import { parseReference } from '../../../fhir/reference.ts'
import type { Action } from '../../../policy/question.ts'
import { parseToken } from '../../../search/parameter-types/token.ts'
import { findSubject, type Subject, type SubjectSelector } from '../../../storage/records/find-subject.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, type Permitted, permit } from '../permit.ts'
import { isOfRecord, traitFault } from './patient-faults.ts'

/**
 * @param expression where the reference stands
 * @throws FhirError 422 for a reference that names no patient or an INS that cannot be one, 404 when there is no record
 */
export async function resolveSubject(
  engine: DmpEngine,
  exchange: DmpExchange,
  reference: JsonValue | undefined,
  expression: string,
): Promise<Subject> {
  const selector = subjectSelector(engine, reference, expression)
  const subject = selector && (await findSubject(engine.db, selector, askerOf(exchange)))
  if (!subject) throw noRecord(expression)
  return subject
}

/**
 * The INS of another patient beside a reference to this one's record: which of the two is meant, nobody can tell (I3). Asked
 * of a record that the caller may know of.
 */
export function otherInsOf(reference: JsonValue | undefined, subject: Subject): Ins | undefined {
  const identifier = isJsonObject(reference) ? reference.identifier : undefined
  if (!isJsonObject(identifier)) return undefined
  const { system, value } = identifier
  if (typeof system !== 'string' || typeof value !== 'string' || !insKind(system)) return undefined
  return isOfRecord({ system, value }, subject) ? undefined : { system, value }
}

/** @throws FhirError 422 @param expression where the reference stands */
export function refuseOtherIns(reference: JsonValue | undefined, subject: Subject, expression: string): void {
  if (otherInsOf(reference, subject)) refuseFaults([traitFault(['identifier'], `${expression}.identifier`)])
}

/** Asks policy about a subject; a record that is unknown to this caller (P1) is refused as one that is not there (V7). */
export function permitSubject(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  action: Action,
  expression: string,
): Permitted {
  try {
    return permit(engine, exchange, subject.record, action)
  } catch (error) {
    throw error instanceof FhirError && error.category === 'not-found' ? noRecord(expression) : error
  }
}

function noRecord(expression: string): FhirError {
  return refusal('not-found', 'inconnu', { expression })
}

function subjectSelector(
  engine: DmpEngine,
  reference: JsonValue | undefined,
  expression: string,
): SubjectSelector | undefined {
  if (!isJsonObject(reference)) throw missing(expression)
  if (typeof reference.reference === 'string') {
    const parsed = parseReference(reference.reference, engine.base)
    if (parsed?.kind === 'relative' && parsed.type === 'Patient') {
      const patientKey = decodeUuid(parsed.id)
      return patientKey && { patientKey }
    }
    const token = parsed?.kind === 'conditional' ? identifierQuery(parsed.type, parsed.query) : undefined
    if (!token) throw missing(expression)
    return insSelector(engine, token, `${expression}.reference`)
  }
  const { identifier } = reference
  if (!isJsonObject(identifier)) throw missing(expression)
  const { system, value } = identifier
  if (typeof system !== 'string' || typeof value !== 'string') throw missing(expression)
  return insSelector(engine, { system, value }, `${expression}.identifier`)
}

/** `Patient?identifier=system|value`, and nothing else: a conditional reference must be sure to name one. */
function identifierQuery(type: string, query: string): { system: string; value: string } | undefined {
  const pairs = [...new URLSearchParams(query)]
  const [pair, ...others] = pairs
  if (type !== 'Patient' || !pair || others.length > 0 || pair[0] !== 'identifier') return undefined
  const token = parseToken(pair[1])
  return token?.system && token.code ? { system: token.system, value: token.code } : undefined
}

function insSelector(
  engine: DmpEngine,
  identifier: { readonly system: string; readonly value: string },
  expression: string,
): SubjectSelector {
  const read = readIns(identifier, engine.insTest, expression)
  if ('issue' in read) throw new FhirError('unprocessable', [read.issue])
  return { ins: read.ins }
}

/** The same subject, as this server writes it. */
export function patientReference(subject: Subject): string {
  return `Patient/${encodeUuid(subject.record.facts.patientKey)}`
}

function missing(expression: string): FhirError {
  return refusal('unprocessable', 'element-requis', {
    type: 'required',
    params: { name: 'Patient/[id] | Patient?identifier=[system]|[INS]' },
    expression,
  })
}
