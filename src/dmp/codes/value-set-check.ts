/**
 * Whether codings are of a value set of the DMP, and what to send instead when they are not: the system when the code is
 * right, the code when the words are.
 * @see PDSm 3.1.1, rules constr-bind-*; docs/profiles.md "Value sets"
 */
import type { Coding } from '@medplum/fhirtypes'
import type { ErrorCode } from '../../fhir/error-catalogue.ts'
import { fold } from '../../fhir/fold.ts'
import type { Issue } from '../../fhir/issue.ts'
import type { CodeTable, Concept } from './code-table.ts'

type Table = Pick<CodeTable, 'name' | 'version' | 'concepts'> & {
  find(coding: Pick<Coding, 'system' | 'code'>): unknown
}

/** @param table where one coding at least must be; the fault is of the first that is not */
export function outsideValueSet(codings: readonly Coding[], table: Table, expression: string): Issue[] {
  if (codings.some((coding) => table.find(coding))) return []
  const [first] = codings
  const named = codings.map((coding) => meant(coding, table)).find((found) => found !== undefined)
  const params = {
    name: expression,
    code: toldCode(first?.code),
    valueSet: table.name,
    version: table.version,
  }
  const fault = (error: ErrorCode, more: Readonly<Record<string, string>>): Issue[] => [
    { severity: 'error', type: 'code-invalid', error, params: { ...params, ...more }, expression },
  ]
  if (!named) return fault('code-non-admis', {})
  const { concept, by } = named
  return fault(by === 'code' ? 'code-autre-systeme' : 'code-par-libelle', {
    system: concept.system,
    expected: concept.code,
  })
}

/** What a coding means that has the right code in a wrong system, or the right words with a wrong code. */
function meant(coding: Coding, table: Table): { concept: Concept; by: 'code' | 'display' } | undefined {
  const byCode = table.concepts.filter(({ code }) => code === coding.code)
  const [only, ...homonyms] = byCode
  if (only && homonyms.length === 0) return { concept: only, by: 'code' }
  if (!coding.display) return undefined
  const words = fold(coding.display)
  const [one, ...others] = table.concepts.filter(({ display }) => fold(display) === words)
  return one && others.length === 0 ? { concept: one, by: 'display' } : undefined
}

/** A code is repeated in the answer when it is formed like one. */
export function toldCode(code: string | undefined): string {
  return code !== undefined && /^[\w.:/-]{1,60}$/.test(code) ? code : '?'
}
