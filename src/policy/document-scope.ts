/**
 * What a caller may see in one record, now. Policy gives one such value; it has two readers: `holds` here, and
 * `documentCondition` in storage/documents/document-condition.ts for SQL. They agree on every document (a property test says so).
 * @see docs/policy.md V3 to V7 and the habilitation matrix
 */
import type { DocumentFacts } from './facts.ts'

export type DocumentScope = {
  /** `system|code` of the types the caller may see, or every type. An empty set sees nothing. */
  readonly types: ReadonlySet<string> | 'every'
  /** Whether only documents of which the caller is an author are seen (right F9). */
  readonly onlyOwn: boolean
  /** Masked documents: none, those of which the caller is an author, or all (V3, F11). */
  readonly masked: 'none' | 'own' | 'all'
  /** Whether documents not yet announced to the patient are seen (V4). */
  readonly invisiblePatient: boolean
  /** A minor's secrets: hidden, shown, or nothing but them (V5). */
  readonly invisibleLegal: 'hidden' | 'shown' | 'only'
  /** Whether what is archived, replaced or deleted is seen (F12). */
  readonly withdrawn: boolean
  /** The caller's own ids, as documents name their authors. */
  readonly self: readonly string[]
}

export function holds(scope: DocumentScope, document: DocumentFacts): boolean {
  const own = document.authors.some((author) => scope.self.includes(author))
  if (scope.types !== 'every' && !scope.types.has(document.type)) return false
  if (scope.onlyOwn && !own) return false
  if (document.masked && scope.masked === 'none') return false
  if (document.masked && scope.masked === 'own' && !own) return false
  if (document.invisiblePatient && !scope.invisiblePatient) return false
  if (document.invisibleLegal && scope.invisibleLegal === 'hidden') return false
  if (!document.invisibleLegal && scope.invisibleLegal === 'only') return false
  if (!scope.withdrawn && (document.archived || document.status !== 'current')) return false
  return true
}
