/**
 * The values of one element as a list, wherever JSON puts them: `value` under the name of its type (`valueString`), a
 * primitive apart from its id and extensions (`_birthDate`), a single one without brackets.
 * @see https://hl7.org/fhir/R4/json.html#primitive and https://hl7.org/fhir/R4/formats.html#choice
 */
import type {
  ElementDefinition,
  PropertyDefinition,
  TypeDefinition,
} from '../../definitions/type-definition.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'

export type ElementItem = {
  readonly property: PropertyDefinition
  /** Undefined: a primitive that has extensions only. */
  readonly value: JsonValue | undefined
  readonly aside: JsonObject | undefined
}

/** An element of an object: where values are read, added and taken away. */
export type ElementPlace = {
  readonly owner: JsonObject
  readonly ownerType: TypeDefinition
  readonly element: ElementDefinition
}

/** One for each type of a choice, one for any other element. */
export function propertiesOf({
  ownerType,
  element,
}: Omit<ElementPlace, 'owner'>): readonly PropertyDefinition[] {
  return ownerType.steps.get(element.name) ?? []
}

export function readElement(place: ElementPlace): ElementItem[] {
  return propertiesOf(place).flatMap((property) => readProperty(place.owner, property))
}

function readProperty(owner: JsonObject, property: PropertyDefinition): ElementItem[] {
  const values = listOf(owner[property.name])
  const asides = property.type.kind === 'primitive' ? listOf(owner[property.aside]) : []
  const items: ElementItem[] = []
  for (let i = 0; i < Math.max(values.length, asides.length); i++) {
    const aside = asides[i]
    items.push({ property, value: values[i] ?? undefined, aside: isJsonObject(aside) ? aside : undefined })
  }
  return items
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** Puts the items in the place of all that the element had. */
export function writeElement(place: ElementPlace, items: readonly ElementItem[]): void {
  const { owner, element } = place
  for (const property of propertiesOf(place)) {
    const own = items.filter((item) => item.property === property)
    put(
      owner,
      property.name,
      own.map(({ value }) => value),
      element.max > 1,
    )
    if (property.type.kind === 'primitive') {
      put(
        owner,
        property.aside,
        own.map(({ aside }) => aside),
        element.max > 1,
      )
    }
  }
}

/** null keeps the place of what is not there. */
function put(
  owner: JsonObject,
  name: string,
  values: readonly (JsonValue | undefined)[],
  isList: boolean,
): void {
  const [first] = values
  if (values.every((value) => value === undefined)) delete owner[name]
  else if (isList) owner[name] = values.map((value) => value ?? null)
  else if (first !== undefined) owner[name] = first
}
