/**
 * Why a notice that is owed is not to be sent after all: what was true when it was written may have changed since.
 * @see docs/policy.md A10, A11, V4, V5, V7
 */
import { isMinor } from '../dmp/identity/minor.ts'
import type { NoticeKind } from '../policy/decision.ts'

export type WithheldReason = 'turned-off' | 'hidden' | 'secret' | 'not-medecin-traitant'

export type Owed = {
  readonly kind: NoticeKind
  readonly recipient: string
  readonly noticesOfChanges: boolean
  readonly medecinTraitant: string
  readonly birthDate: string
  readonly invisiblePatient: boolean
  readonly invisibleLegal: boolean
}

/** What the patient may turn off. */
const ofChanges: ReadonlySet<NoticeKind> = new Set(['depot', 'modification', 'rendez-vous'])

/** @param now milliseconds since 1970 */
export function withheldBecause(owed: Owed, now: number): WithheldReason | undefined {
  // M1: to whom the patient has written.
  if (owed.kind === 'message') return undefined
  if (owed.recipient !== 'patient')
    return owed.recipient === owed.medecinTraitant ? undefined : 'not-medecin-traitant'
  if (ofChanges.has(owed.kind) && !owed.noticesOfChanges) return 'turned-off'
  if (owed.invisiblePatient) return 'hidden'
  // Whoever reads the mails of a minor, it is seldom the minor alone.
  if (owed.invisibleLegal && isMinor(owed.birthDate, now)) return 'secret'
  return undefined
}

/** The document that a notice tells of, by its key: `depot DocumentReference/[own id]/[version]`. */
export function documentOfKey(key: string): string | undefined {
  return /^(?:depot|modification|rendu-visible) DocumentReference\/([^/]+)\/\d+$/.exec(key)?.[1]
}
