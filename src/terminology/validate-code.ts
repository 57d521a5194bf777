/**
 * Whether a coding is of a value set or a code system, and its display one of its code.
 * @see https://hl7.org/fhir/R4/valueset-operation-validate-code.html, codesystem-operation-validate-code.html
 *
 * Not checked: that several codings of one concept mean the same.
 */
import { type ErrorCode, type Language, wording } from '../fhir/error-catalogue.ts'
import { FhirError } from '../fhir/fhir-error.ts'
import type { CodeSource } from './code-source.ts'
import type { CodeSystemIndex } from './code-system-index.ts'
import { displayIn, isNameOf, type Named } from './display.ts'
import { type Selection, unknownCodeSystem } from './selection.ts'

export type AskedCoding = {
  readonly system: string
  readonly code: string
  readonly version?: string
  readonly display?: string
}

export type CodeResult = {
  readonly result: boolean
  readonly message?: string
  readonly display?: string
}

export type CodeChecking = {
  readonly language: Language
  /** Of the display. */
  readonly displayLanguage?: string
  /** False: an abstract code is not valid. */
  readonly abstract?: boolean
}

type Found = Named & { readonly code: string; readonly abstract: boolean; readonly inactive: boolean }

/** What is asked of one coding: the concept, undefined when it is none, or why that cannot be said. */
type Look = (coding: AskedCoding) => Found | undefined | FhirError

/** Valid when one of the codings is; when none is, an open question among them is not a no. @throws FhirError */
export function validateCodings(
  codings: readonly AskedCoding[],
  look: Look,
  reason: (coding: AskedCoding) => { error: ErrorCode; params: Readonly<Record<string, string>> },
  checking: CodeChecking,
): CodeResult {
  let failed: CodeResult | undefined
  let open: FhirError | undefined
  for (const coding of codings) {
    const found = look(coding)
    if (found instanceof FhirError) {
      open ??= found
      continue
    }
    const result = found ? judge(coding, found, checking) : undefined
    if (result?.result) return result
    const { error, params } = reason(coding)
    failed ??= result ?? { result: false, message: wording(error, checking.language, params) }
  }
  if (open) throw open
  return failed ?? { result: false }
}

function judge(coding: AskedCoding, found: Found, checking: CodeChecking): CodeResult {
  const display = displayIn(found, checking.displayLanguage)
  const say = (error: ErrorCode, params: Record<string, string>): string =>
    wording(error, checking.language, params)
  const answer = (result: boolean, message?: string): CodeResult => ({
    result,
    ...(message === undefined ? {} : { message }),
    ...(display === undefined ? {} : { display }),
  })
  const { code } = found
  if (checking.abstract === false && found.abstract) return answer(false, say('code-abstrait', { code }))
  // Without a display known here there is nothing to compare with.
  if (coding.display !== undefined && display !== undefined && !isNameOf(coding.display, found))
    return answer(false, say('libelle-different', { code, display }))
  return answer(true, found.inactive ? say('code-inactif', { code }) : undefined)
}

export function inValueSet(
  codings: readonly AskedCoding[],
  selection: Selection,
  source: CodeSource,
  checking: CodeChecking,
): CodeResult {
  const look: Look = ({ system, code, version }) => {
    // Another version than the one there is may have other codes.
    if (version !== undefined && source.codeSystem(system) && !source.codeSystem(system, version))
      return unknownCodeSystem(system, version)
    return selection.find(system, code)
  }
  const valueSet = selection.url ?? 'ValueSet'
  return validateCodings(
    codings,
    look,
    ({ code, system }) => ({ error: 'code-hors-jeu', params: { ...shortened(code, system), valueSet } }),
    checking,
  )
}

export function inCodeSystem(
  codings: readonly AskedCoding[],
  index: CodeSystemIndex,
  checking: CodeChecking,
): CodeResult {
  const look: Look = ({ system, code, version }) => {
    if (system !== index.url) return undefined
    if (version !== undefined && version !== index.version) return unknownCodeSystem(system, version)
    return index.find(code) ?? (index.complete ? undefined : unknownCodeSystem(system))
  }
  return validateCodings(
    codings,
    look,
    ({ code }) => ({ error: 'code-hors-systeme', params: shortened(code, index.url) }),
    checking,
  )
}

const shortened = (code: string, system: string): { code: string; system: string } => ({
  code: code.slice(0, 100),
  system: system.slice(0, 300),
})
