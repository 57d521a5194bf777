/** What a conformance case asserts; each throws an `Unmet`. */
import { isDeepStrictEqual } from 'node:util'
import { outcomeOf, type Received } from './client.ts'
import { Unmet } from './unmet.ts'

export function check(condition: boolean, what: string): void {
  if (!condition) throw new Unmet(what)
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new Unmet(`${what}\n  expected ${shown(expected)}\n  found    ${shown(actual)}`)
}

/** Order does not matter, number does. */
export function sameSet(actual: readonly string[], expected: readonly string[], what: string): void {
  equal([...actual].sort(), [...expected].sort(), what)
}

export function status(received: Received, ...expected: readonly number[]): void {
  if (expected.includes(received.status)) return
  throw new Unmet(`${received.method} answered ${received.status}, expected ${expected.join(' or ')}`)
}

export function succeeded(received: Received): void {
  if (received.status < 200 || received.status > 299)
    throw new Unmet(`${received.method} answered ${received.status}, expected success`)
}

/** A refusal: one of the statuses, and an OperationOutcome with an error that has a code. */
export function refused(received: Received, ...expected: readonly number[]): void {
  status(received, ...expected)
  hasErrorOutcome(received)
}

/** Refused by the client's fault, whatever the status. */
export function refusedAnyhow(received: Received): void {
  if (received.status < 400 || received.status > 499)
    throw new Unmet(`${received.method} answered ${received.status}, expected a refusal (4xx)`)
  hasErrorOutcome(received)
}

export function hasErrorOutcome(received: Received): void {
  const { issue } = outcomeOf(received)
  check(Array.isArray(issue) && issue.length > 0, 'an OperationOutcome has at least one issue')
  check(
    issue.some(({ severity }) => severity === 'error' || severity === 'fatal'),
    'a refusal has an issue of severity error or fatal',
  )
  check(
    issue.every(({ code }) => typeof code === 'string'),
    'every issue has a code',
  )
}

export function headerOf(received: Received, name: string): string {
  const value = received.headers[name.toLowerCase()]
  if (value === undefined) throw new Unmet(`the answer has no header ${name}`)
  return value
}

/** What must be there for the rest of the case to make sense. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Unmet(`missing: ${what}`)
  return value
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 800 ? `${text.slice(0, 800)}…` : text
}
