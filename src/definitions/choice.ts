/**
 * Names of choice elements in JSON: `value[x]` of type `string` is `valueString`.
 * @see https://hl7.org/fhir/R4/formats.html#choice
 */

export function capitalise(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
