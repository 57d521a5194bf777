/** Times, signatures and keys of one run, made the same at each run. Ids: stable-names.ts. */
import { isNode, type NodeValue } from '../../../scripts/openapi/openapi-document.ts'

/** The server's clock when the scenario begins. */
export const SCENARIO_TIME = Date.parse('2026-11-20T08:30:00Z')
/** The scenario lasts seconds; within these minutes all is one moment. */
const instants = /(\d{4})-11-20([T ])(0[89]):3\d:\d\d(\.\d+)?/g
const httpDates = /Fri, 20 Nov 2026 08:3\d:\d\d GMT/g
/** Of a server whose clock is the machine's. */
const anyInstant = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g
const anyHttpDate = /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g
const SHOWN_INSTANT = '2026-11-20T08:30:00.000Z'
const SHOWN_DATE = 'Fri, 20 Nov 2026 08:30:00 GMT'
const isNow = (text: string): boolean => Math.abs(Date.parse(text) - Date.now()) < 600_000

const testIssuers = /https:\/\/issuer-\d+\.test/g
/** In links: by the database's clock, and what a cursor is signed with. */
const committed = /_since=\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\d\.\d{3}Z/g
const cursors = /_cursor=[\w~.-]+/g
const milliseconds = /(?<=\.query-event\.)\d{13}/g

export function withoutTimes(text: string): string {
  return text
    .replace(
      instants,
      (_, year: string, between: string, hour: string, fraction?: string) =>
        `${year}-11-20${between}${hour}:30:00${fraction === undefined ? '' : `.${'0'.repeat(fraction.length - 1)}`}`,
    )
    .replace(httpDates, SHOWN_DATE)
    .replace(anyInstant, (instant) => (isNow(instant) ? SHOWN_INSTANT : instant))
    .replace(anyHttpDate, (date) => (isNow(date) ? SHOWN_DATE : date))
    .replace(testIssuers, 'https://issuer.example')
    .replace(committed, '_since=2026-11-20T08%3A30%3A00.000Z')
    .replace(cursors, '_cursor=d1795163400000~exemple')
    .replace(milliseconds, String(SCENARIO_TIME))
}

/** A key, its thumbprint, a secret: 32 bytes in base64url. */
const KEY = /^[A-Za-z0-9_-]{43}$/
const SHOWN_SIGNATURE = 'ZXhlbXBsZQ=='
const SHOWN_KEY = 'exempleexempleexempleexempleexempleexempleE'
/** Digests in the text that is sealed, of texts that hold ids and times. That of the bytes is the same at each run. */
const digests = /"(metadata|text|previous|submission)":"[0-9a-f]{64}"/g
const SHOWN_DIGEST = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** @param name of the property that holds it */
export function withoutSeals(value: NodeValue, name = ''): NodeValue {
  if (typeof value === 'string') return withoutSeal(value, name)
  if (Array.isArray(value)) return value.map((inner) => withoutSeals(inner, name))
  if (!isNode(value)) return value
  const signed = name === 'signature'
  return Object.fromEntries(
    Object.entries(value).map(([inner, each]) => [
      inner,
      signed && inner === 'data' ? SHOWN_SIGNATURE : withoutSeals(each, inner),
    ]),
  )
}

function withoutSeal(text: string, name: string): string {
  if (KEY.test(text)) return SHOWN_KEY
  return name === 'valueString' ? text.replace(digests, `"$1":"${SHOWN_DIGEST}"`) : text
}
