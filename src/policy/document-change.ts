/**
 * Whether a permit to change documents extends to this one: F14, F16 and F17 are worth `own`, or one's structure's, or
 * all but the patient's own, and each document is held against what they are worth.
 * A document that the caller may not see is not there to be changed (V7): ask `holds` first. The scope of deleting
 * (F17, worth `own`) holds one's own documents alone, also for who may read nothing: that another's document is
 * refused (403), and not unknown, is for who sees it by a right to read.
 */
import type { Permit } from './decision.ts'
import type { DocumentFacts } from './facts.ts'

export function mayChange({ grant, scope }: Permit, document: DocumentFacts): boolean {
  const own = document.authors.some((author) => scope.self.includes(author))
  const ofPatient = document.authors.includes('patient')
  switch (grant) {
    case 'yes':
      return true
    case 'own':
      return own
    case 'own-structure':
      return document.authors.some((author) => author.startsWith('st:') && scope.self.includes(author))
    case 'all-but-patient-authored':
      return own || !ofPatient
    case 'own-or-patient-authored':
      return own || ofPatient
    default:
      return false
  }
}
