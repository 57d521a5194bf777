/** What a check has found, told in French and in English, with what to do about it. */
import type { Words } from '../terminal/language.ts'

/** `unseen`: not looked at, and why; neither good nor bad. */
export type Verdict = 'ok' | 'warning' | 'fault' | 'unseen'

export type Finding = {
  /** What programs know it by; it does not change between releases. */
  readonly code: string
  readonly verdict: Verdict
  readonly says: Words
  /** Of warnings and faults. */
  readonly todo?: Words
}

type Pair = readonly [fr: string, en: string]

const words = ([fr, en]: Pair): Words => ({ fr, en })

export function ok(code: string, ...says: Pair): Finding {
  return { code, verdict: 'ok', says: words(says) }
}

export function unseen(code: string, ...says: Pair): Finding {
  return { code, verdict: 'unseen', says: words(says) }
}

export function warning(code: string, says: Pair, todo: Pair): Finding {
  return { code, verdict: 'warning', says: words(says), todo: words(todo) }
}

export function fault(code: string, says: Pair, todo: Pair): Finding {
  return { code, verdict: 'fault', says: words(says), todo: words(todo) }
}
