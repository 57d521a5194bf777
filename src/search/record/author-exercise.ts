/**
 * Profession and speciality of the authors of a document, as its contained resources say them. A qualification is either:
 * which one it is, its code system tells to who searches.
 * @see ANS Annuaire AsPractitionerRole.code and specialty, AsPractitioner.qualification
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'

export type Coded = { readonly system: string; readonly code: string }
export type Exercise = { readonly professions: readonly Coded[]; readonly specialities: readonly Coded[] }

export function authorExercise(document: JsonObject): Exercise {
  const professions: Coded[] = []
  const specialities: Coded[] = []
  const take = (resource: JsonObject | undefined): void => {
    if (resource?.resourceType === 'PractitionerRole') {
      professions.push(...codings(resource.code))
      specialities.push(...codings(resource.specialty))
      take(contained(document, resource.practitioner, 'Practitioner'))
    }
    if (resource?.resourceType === 'Practitioner') {
      const qualifications = items(resource.qualification).flatMap((item) => codings(item.code))
      professions.push(...qualifications)
      specialities.push(...qualifications)
    }
  }
  for (const author of items(document.author)) take(contained(document, author))
  return { professions, specialities }
}

/** The contained resource that `#id` names, of a type if one is given. */
export function contained(
  resource: JsonObject,
  reference: JsonValue | undefined,
  type?: string,
): JsonObject | undefined {
  const text = isJsonObject(reference) ? reference.reference : undefined
  if (typeof text !== 'string' || !text.startsWith('#')) return undefined
  return items(resource.contained).find(
    (each) => each.id === text.slice(1) && (type === undefined || each.resourceType === type),
  )
}

function items(value: JsonValue | undefined): JsonObject[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => isJsonObject(item))
}

function codings(concepts: JsonValue | undefined): Coded[] {
  return items(concepts)
    .flatMap((concept) => items(concept.coding))
    .flatMap(({ system, code }) =>
      typeof code === 'string' ? [{ system: typeof system === 'string' ? system : '', code }] : [],
    )
}
