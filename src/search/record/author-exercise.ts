/**
 * Profession and speciality of the authors of a document, as its contained resources say them. A qualification is either:
 * which one it is, its code system tells to who searches. A speciality of TRE_A02 (`G15_10/SM26`, authorSpecialty of CDA and XDS)
 * says both at once, and counts as each of them too.
 * @see ANS Annuaire AsPractitionerRole.code and specialty, AsPractitioner.qualification
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'

export type Coded = { readonly system: string; readonly code: string }
export type Exercise = { readonly professions: readonly Coded[]; readonly specialities: readonly Coded[] }

const nos = 'https://mos.esante.gouv.fr/NOS/'
const PROFESSION = `${nos}TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante`
const SPECIALITY = `${nos}TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale`
/** What follows the stroke is of one of many tables: only that of the SM is told here. */
const BOTH = /^G15_(\d+)(?:\/(\w+))?$/

export function authorExercise(document: JsonObject): Exercise {
  const professions: Coded[] = []
  const specialities: Coded[] = []
  const take = (resource: JsonObject | undefined): void => {
    if (resource?.resourceType === 'PractitionerRole') {
      professions.push(...codings(resource.code))
      const stated = codings(resource.specialty)
      specialities.push(...stated)
      for (const { code } of stated) {
        const [, profession, speciality] = BOTH.exec(code) ?? []
        if (profession !== undefined) professions.push({ system: PROFESSION, code: profession })
        if (speciality !== undefined)
          specialities.push({ system: speciality.startsWith('SM') ? SPECIALITY : '', code: speciality })
      }
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
