/** What hostile cases send, and what they demand of the answer. @see https://hl7.org/fhir/R4/security.html */
import { check, hasErrorOutcome } from './check.ts'
import type { Received } from './client.ts'

/** A busy machine is not what is tested; what an injection adds is longer. */
const LIMIT_MS = 60_000

/** 2xx or 4xx, in time; a refusal of FHIR's has an outcome, one of the HTTP parser need not. */
export async function bounded(
  ask: () => Promise<Received>,
  ...withoutOutcome: readonly number[]
): Promise<void> {
  const begin = performance.now()
  const received = await ask()
  const milliseconds = performance.now() - begin
  check(received.status >= 200 && received.status < 500, `bounded answer, not ${received.status}`)
  check(milliseconds < LIMIT_MS, `within ${LIMIT_MS} ms, not ${Math.round(milliseconds)}`)
  if (received.status >= 400 && !withoutOutcome.includes(received.status)) hasErrorOutcome(received)
}

export const injections = [
  "'; drop table resource; --",
  "' or '1'='1",
  '" or ""="',
  '1); select pg_sleep(90); --',
  "' union select null, version() --",
  `$\{jndi:ldap://x}`,
  '{{7*7}}',
  '\\',
  '%',
  '((((((((((((((((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+',
  '../../../../etc/passwd',
  '<script>alert(1)</script>',
  '\u0000',
  '\u202e\ufeff\uffff',
  '\ud83d\ude00'.repeat(200),
  '$$$,,,|||',
  ',',
  '|',
  '$',
  'gt',
  '-1e999999',
  '9'.repeat(400),
]
