/**
 * The patient that a search of a record names, by id or by an identifier.
 * @see docs/policy.md and https://profiles.ihe.net/ITI/MHD/ITI-67.html
 */
import type { Issue } from '../fhir/issue.ts'
import { parseReference } from '../fhir/reference.ts'
import { parseToken } from './parameter-types/token.ts'
import type { PatientSelector } from './search-expression.ts'
import { badValue } from './search-faults.ts'

const NAMES: ReadonlySet<string> = new Set([
  'patient',
  'subject',
  'patient:Patient',
  'subject:Patient',
  'patient.identifier',
  'patient:identifier',
  'patient:Patient.identifier',
  'subject.identifier',
  'subject:identifier',
  'subject:Patient.identifier',
])

export function selectsPatient(name: string): boolean {
  return NAMES.has(name)
}

/** @param base this server's: a URL of another one names nobody here */
export function selectPatient(name: string, value: string, base: string): PatientSelector | Issue {
  if (!name.includes('identifier')) {
    const named = parseReference(value.includes('/') ? value : `Patient/${value}`, base)
    const isPatient = named?.kind === 'relative' && named.type === 'Patient' && named.version === undefined
    return isPatient ? { kind: 'id', id: named.id } : badValue(name, 'Patient/[id]')
  }
  const token = parseToken(value)
  if (!token?.system || !token.code) return badValue(name, '[system]|[value]')
  return { kind: 'identifier', system: token.system, value: token.code }
}
