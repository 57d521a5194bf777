/**
 * What `/readyz` says: `ok` or `not ready`, then a line for each reason, in French and English; the same as JSON for who
 * asks for it. The status alone is enough for a balancer.
 * @see docs/operations.md "Readiness"
 */
import { canServe, type ReadinessWord, readinessWords } from '../interactions/readiness-words.ts'

export type ReadinessAnswer = {
  readonly status: 200 | 503
  readonly contentType: string
  readonly body: string
}

export function readinessAnswer(
  words: readonly ReadinessWord[],
  accept: string | undefined,
): ReadinessAnswer {
  const ready = canServe(words)
  const status = ready ? 200 : 503
  if (accept !== undefined && /\bapplication\/(?:\*|json)/.test(accept)) {
    const reasons = words.map((reason) => ({ reason, ...readinessWords[reason] }))
    return {
      status,
      contentType: 'application/json; charset=utf-8',
      body: `${JSON.stringify({ ready, reasons })}\n`,
    }
  }
  const lines = words.map((word) => `${word}: ${readinessWords[word].fr} / ${readinessWords[word].en}`)
  return {
    status,
    contentType: 'text/plain; charset=utf-8',
    body: `${[ready ? 'ok' : 'not ready', ...lines].join('\n')}\n`,
  }
}
