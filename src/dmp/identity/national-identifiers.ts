/**
 * National identifiers of professionals and structures: a first digit that names the register, then its number.
 * PS_IdNat: `8` + RPPS, `0` + ADELI, or, for employees, the structure's number, `/` and a number of its own.
 * Struct_IdNat: `1` + FINESS, `3` + SIRET, `4` + RPPS + rank, and two older ones.
 *
 * Checked: form, and the Luhn key of an RPPS. NOT checked: the keys of FINESS and SIRET (published test identifiers
 * break them), and that the number is in the Annuaire Santé.
 * @see rule I5; OIDs 1.2.250.1.71.4.2.1 (IDNPS) and 1.2.250.1.71.4.2.2 (IDNST)
 */

export const practitionerOid = '1.2.250.1.71.4.2.1'
export const structureOid = '1.2.250.1.71.4.2.2'
export const practitionerSystem = `urn:oid:${practitionerOid}`
export const structureSystem = `urn:oid:${structureOid}`
/** The same numbers without their first digit, in FR Core and the Annuaire. */
export const rppsSystem = 'https://rpps.esante.gouv.fr'
export const sireneSystem = 'https://sirene.fr'

const finess = '(?:\\d{2}|2A|2B)\\d{7}'
const internal = '/[0-9A-Za-z._-]{1,40}'

const employeeForms = new RegExp(`^(?:1\\d{9}|3${finess}|4\\d{9}|5\\d{14}|6\\d{11})${internal}$`)
const structureForms = {
  '0': /^0[0-9A-Z]{9,11}$/,
  '1': new RegExp(`^1${finess}$`),
  '2': /^2\d{9}$/,
  '3': /^3\d{14}$/,
  '4': /^4\d{11}\d{2,3}$/,
} as const

export type StructureIdKind = 'cabinet ADELI' | 'FINESS' | 'SIREN' | 'SIRET' | 'RPPS-rang'
const structureKinds: readonly (readonly [keyof typeof structureForms, StructureIdKind])[] = [
  ['0', 'cabinet ADELI'],
  ['1', 'FINESS'],
  ['2', 'SIREN'],
  ['3', 'SIRET'],
  ['4', 'RPPS-rang'],
]

/** Eleven digits whose Luhn sum is a multiple of ten. */
export function isRpps(text: string): boolean {
  return /^\d{11}$/.test(text) && luhnSum(text) % 10 === 0
}

/** `8` + RPPS: the only id under which a person acts as a professional. */
export function isPractitionerId(text: string): boolean {
  return text.startsWith('8') && isRpps(text.slice(1))
}

/** The id that a structure gives to somebody who works there, as `3750000001/1234`. */
export function isEmployeeId(text: string): boolean {
  return employeeForms.test(text)
}

export function structureIdKind(text: string): StructureIdKind | undefined {
  return structureKinds.find(([digit]) => structureForms[digit].test(text))?.[1]
}

export function isStructureId(text: string): boolean {
  return structureIdKind(text) !== undefined
}

function luhnSum(digits: string): number {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum
}
