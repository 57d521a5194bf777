/**
 * What policy answers. A permit carries the scope of documents it opens; both carry the rules that made them.
 */
import type { Grant } from '../dmp/matrices/functional-matrix.ts'
import type { FhirError } from '../fhir/fhir-error.ts'
import type { DocumentScope } from './document-scope.ts'
import type { RuleId } from './rule-ids.ts'

/** Something that somebody must be told (rule A10). What has the same key is told once. */
export type Notice = {
  readonly key: string
  readonly kind: NoticeKind
  /** `patient`, the médecin traitant as `ps:…`, or to whom a message is written. */
  readonly recipient: string
}
export const noticeKinds = [
  'premier-acces',
  'bris_de_glace',
  'centre_15',
  'depot',
  'modification',
  'choix',
  'message',
  'rendez-vous',
  'annonce-a-venir',
  'rendu-visible',
] as const
export type NoticeKind = (typeof noticeKinds)[number]

export type Permit = {
  readonly effect: 'permit'
  readonly rules: readonly RuleId[]
  readonly scope: DocumentScope
  /** What the functional right is worth; only `yes` is without condition. */
  readonly grant: Grant
  /** What the permitted access owes; written with its trace. */
  readonly notices: readonly Notice[]
}
export type Deny = {
  readonly effect: 'deny'
  readonly rules: readonly RuleId[]
  readonly refusal: FhirError
}
export type Decision = Permit | Deny

/** What one rule says of a question. */
export type Verdict = Deny | 'passes' | 'not applicable'
