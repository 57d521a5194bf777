/**
 * The patient that a search of a record names, by id or by an identifier.
 * @see docs/policy.md and https://profiles.ihe.net/ITI/MHD/ITI-67.html
 */
import type { Issue } from '../fhir/issue.ts'
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

export function selectPatient(name: string, value: string): PatientSelector | Issue {
  if (!name.includes('identifier')) {
    const id = /^(?:(?:https?:\/\/.{1,300}\/)?Patient\/)?([A-Za-z0-9\-.]{1,64})$/.exec(value)?.[1]
    return id ? { kind: 'id', id } : badValue(name, 'Patient/[id]')
  }
  const token = parseToken(value)
  if (!token?.system || !token.code) return badValue(name, '[system]|[value]')
  return { kind: 'identifier', system: token.system, value: token.code }
}
