/**
 * Who wrote a document, as its metadata say: national ids of persons and structures, gathered from contained
 * resources, from identifiers of references, and from what a resolver knows.
 * @see PDSm comprehensive DocumentReference.author; rule I5
 */
import type { DocumentReference, Identifier, Reference, Resource } from '@medplum/fhirtypes'
import { type Ins, insKind } from '../identity/ins.ts'
import {
  isPractitionerId,
  isRpps,
  practitionerSystem,
  rppsSystem,
  sireneSystem,
  structureSystem,
} from '../identity/national-identifiers.ts'

export type DocumentAuthors = {
  /** PS_IdNat, as `8` + RPPS. The form is not checked: published examples break the key. */
  readonly ids: readonly string[]
  /** Struct_IdNat, as `1` + FINESS. */
  readonly structures: readonly string[]
  /** Whether the patient is an author, and under which INS. Never to be logged (rule I4). */
  readonly patient: boolean
  readonly patientIns: readonly Ins[]
  /** Authors that name nobody we can compare: dangling or foreign references, resources without a national id. */
  readonly unresolved: readonly string[]
}

/** What a reference that is not contained leads to, or undefined. */
export type Resolve = (reference: string) => Resource | undefined

type Found = {
  ids: Set<string>
  structures: Set<string>
  patient: boolean
  patientIns: Ins[]
  unresolved: string[]
}

/** A PractitionerRole leads to two more references; nothing leads further. */
const maxDepth = 2

export function authorsOf(document: DocumentReference, resolve: Resolve = () => undefined): DocumentAuthors {
  return readAuthors(document.author ?? [], document.contained ?? [], resolve, 'DocumentReference.author')
}

/** The same for any list of references and the resources contained beside them, as `List.source`. */
export function readAuthors(
  references: readonly Reference[],
  contained: readonly Resource[],
  resolve: Resolve,
  expression: string,
): DocumentAuthors {
  const found: Found = {
    ids: new Set(),
    structures: new Set(),
    patient: false,
    patientIns: [],
    unresolved: [],
  }
  const target = (text: string): Resource | undefined =>
    text.startsWith('#') ? contained.find((resource) => resource.id === text.slice(1)) : resolve(text)
  references.forEach((reference, i) => {
    if (!follow(reference, target, found, 0)) found.unresolved.push(`${expression}[${i}]`)
  })
  return { ...found, ids: [...found.ids], structures: [...found.structures] }
}

/** The ids by which records and documents know actors: `ps:…`, `st:…`, `patient`. */
export function authorActors(authors: DocumentAuthors): (`ps:${string}` | `st:${string}` | 'patient')[] {
  return [
    ...authors.ids.map((id) => `ps:${id}` as const),
    ...authors.structures.map((id) => `st:${id}` as const),
    ...(authors.patient ? (['patient'] as const) : []),
  ]
}

/** Whether the reference named at least one person or structure. */
function follow(
  reference: Reference,
  target: (text: string) => Resource | undefined,
  found: Found,
  depth: number,
): boolean {
  const type = reference.type ?? /^([A-Z][A-Za-z]+)[/?]/.exec(reference.reference ?? '')?.[1]
  let named = reference.identifier ? readIdentifier(reference.identifier, found) : false
  if (type === 'Patient' && (reference.reference || reference.identifier)) {
    found.patient = true
    named = true
  }
  const resource = reference.reference === undefined ? undefined : target(reference.reference)
  if (!resource) return named
  const identifiers = 'identifier' in resource ? resource.identifier : undefined
  for (const identifier of Array.isArray(identifiers) ? identifiers : []) {
    if (readIdentifier(identifier, found)) named = true
  }
  if (resource.resourceType === 'Patient') {
    found.patient = true
    return true
  }
  if (resource.resourceType !== 'PractitionerRole' || depth >= maxDepth) return named
  for (const further of [resource.practitioner, resource.organization]) {
    if (further && follow(further, target, found, depth + 1)) named = true
  }
  return named
}

function readIdentifier(identifier: Identifier, found: Found): boolean {
  const { system = '', value = '' } = identifier
  if (value === '') return false
  if (insKind(system)) {
    found.patientIns.push({ system, value })
    found.patient = true
    return true
  }
  const id = practitionerId(system, value)
  const structure = structureId(system, value)
  if (id !== undefined) found.ids.add(id)
  if (structure !== undefined) found.structures.add(structure)
  return id !== undefined || structure !== undefined
}

function practitionerId(system: string, value: string): string | undefined {
  if (system === practitionerSystem) return value
  if (system !== rppsSystem) return undefined
  // The Annuaire also writes exercises under this system: only an RPPS names a person.
  if (isRpps(value)) return `8${value}`
  return isPractitionerId(value) ? value : undefined
}

function structureId(system: string, value: string): string | undefined {
  if (system === structureSystem) return value
  if (system === 'https://finess.esante.gouv.fr') return `1${value}`
  if (system !== sireneSystem) return undefined
  return value.length === 14 ? `3${value}` : `2${value}`
}
