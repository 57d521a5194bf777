/**
 * Every error this server can answer, in French and English, with what to do about it: the CodeSystem
 * `https://dmp-fhir.example/CodeSystem/erreur`. Braces name parameters. A code, once published, keeps its meaning.
 * The texts lie in `errors/`, one file for each group; a code stands in one of them only.
 */
import { callerErrors } from './errors/caller-errors.ts'
import { contentErrors } from './errors/content-errors.ts'
import { documentsErrors } from './errors/documents-errors.ts'
import { identityErrors } from './errors/identity-errors.ts'
import { neighbourErrors } from './errors/neighbour-errors.ts'
import { operationErrors } from './errors/operation-errors.ts'
import { patchesErrors } from './errors/patches-errors.ts'
import { policyErrors } from './errors/policy-errors.ts'
import { profilesErrors } from './errors/profiles-errors.ts'
import { requestErrors } from './errors/request-errors.ts'
import { sealErrors } from './errors/seal-errors.ts'
import { subscriptionErrors } from './errors/subscription-errors.ts'
import { terminologyErrors } from './errors/terminology-errors.ts'
import type { Wording } from './errors/wording.ts'
import { writesErrors } from './errors/writes-errors.ts'

export const ERROR_SYSTEM = 'https://dmp-fhir.example/CodeSystem/erreur'
export const RULE_SYSTEM = 'https://dmp-fhir.example/CodeSystem/regle'

export const errorCatalogue = {
  ...callerErrors,
  ...policyErrors,
  ...requestErrors,
  ...patchesErrors,
  ...contentErrors,
  ...profilesErrors,
  ...identityErrors,
  ...documentsErrors,
  ...sealErrors,
  ...subscriptionErrors,
  ...terminologyErrors,
  ...writesErrors,
  ...operationErrors,
  ...neighbourErrors,
} as const satisfies Record<string, Wording>

export type ErrorCode = keyof typeof errorCatalogue
export type Language = 'fr' | 'en'
export type Params = Readonly<Record<string, string | number | Wording>>

/** The text of an error, its parameters filled in. An unknown brace stays as it is: visible, and harmless. */
export function wording(error: ErrorCode, language: Language, params: Params = {}): string {
  return errorCatalogue[error][language].replace(/\{(\w+)\}/g, (brace, name: string) => {
    const value = params[name] ?? brace
    return typeof value === 'object' ? value[language] : String(value)
  })
}
