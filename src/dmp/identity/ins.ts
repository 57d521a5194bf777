/**
 * The patient's identity number: a matricule (NIR or NIA, 13 characters and a key of 2 digits) and the OID of its kind.
 * Nothing here puts a matricule into an issue or an error (rule I4).
 *
 * NOT checked: that the department and commune exist, that the month is a real one (pseudo-months 20 to 99 are in use),
 * nor that the number was ever given out: only the teleservice INSi knows. The form of a NIA is not published beyond
 * its length and key; the same 15 characters are assumed.
 * @see Référentiel INS (ANS); OIDs as in HL7 France FR Core; rule I1
 */
import type { Issue } from '../../fhir/issue.ts'

export const insOids = {
  NIR: '1.2.250.1.213.1.4.8',
  NIA: '1.2.250.1.213.1.4.9',
  TEST: '1.2.250.1.213.1.4.10',
  DEMO: '1.2.250.1.213.1.4.11',
} as const

export type InsKind = keyof typeof insOids

/** As FHIR writes it: `urn:oid:1.2.250.1.213.1.4.8` and 15 characters. */
export type Ins = { readonly system: string; readonly value: string }

const kinds: ReadonlyMap<string, InsKind> = new Map([
  [insOids.NIR, 'NIR'],
  [insOids.NIA, 'NIA'],
  [insOids.TEST, 'TEST'],
  [insOids.DEMO, 'DEMO'],
])

/** Sex, year, month, department, commune, order, key. The first character tells a NIR (1, 2) from other numbers. */
const forms = {
  NIR: /^[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2A|2B)\d{8}$/,
  other: /^[125678]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2A|2B)\d{8}$/,
}

/** The kind that a system names, written `urn:oid:…` or as the bare OID. */
export function insKind(system: string): InsKind | undefined {
  return kinds.get(system.startsWith('urn:oid:') ? system.slice('urn:oid:'.length) : system)
}

/** The two digits that follow the 13 first characters: 97 − (number mod 97), where Corsica's 2A counts 19 and 2B 18. */
export function matriculeKey(first13: string): string {
  const number = Number(first13.replace('2A', '19').replace('2B', '18'))
  return String(97 - (number % 97)).padStart(2, '0')
}

export function isMatricule(text: string, kind: InsKind = 'NIR'): boolean {
  return (
    forms[kind === 'NIR' ? 'NIR' : 'other'].test(text) && matriculeKey(text.slice(0, 13)) === text.slice(13)
  )
}

/** @param allowTest whether the systems of test and demonstration are admitted (`DMP_INS_TEST`) */
export function parseIns(system: string, value: string, allowTest: boolean): Ins | undefined {
  const kind = insKind(system)
  if (!kind || (!allowTest && (kind === 'TEST' || kind === 'DEMO'))) return undefined
  return isMatricule(value, kind) ? { system: `urn:oid:${insOids[kind]}`, value } : undefined
}

/** The INS of an Identifier, or what is wrong with it. */
export function readIns(
  identifier: { readonly system?: string; readonly value?: string },
  allowTest: boolean,
  expression: string,
): { readonly ins: Ins } | { readonly issue: Issue } {
  const { system = '', value = '' } = identifier
  const kind = insKind(system)
  if (!kind || (!allowTest && (kind === 'TEST' || kind === 'DEMO'))) {
    const params = { test: allowTest ? ', .10, .11' : '' }
    const at = `${expression}.system`
    return {
      issue: { severity: 'error', type: 'value', error: 'ins-systeme', params, expression: at, rule: 'I1' },
    }
  }
  const ins = parseIns(system, value, allowTest)
  if (ins) return { ins }
  const at = `${expression}.value`
  return { issue: { severity: 'error', type: 'value', error: 'ins-cle', expression: at, rule: 'I1' } }
}
