/** What a step of the demonstration must answer, and the error that stops the story when it answers otherwise. */
import { ERROR_SYSTEM, RULE_SYSTEM } from '../../fhir/error-catalogue.ts'
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'

export type Reply = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
  /** Undefined when the body is not JSON. */
  readonly json: JsonValue | undefined
}

export type Expected = {
  readonly status: number | readonly number[]
  /** Code of the catalogue that the first issue of the OperationOutcome must carry. */
  readonly error?: string
  /** Rule that the first issue must name. */
  readonly rule?: string
}

export type Refusal = { readonly error: string; readonly rule: string; readonly text: string }

export class StoryMismatch extends Error {
  override readonly name = 'StoryMismatch'
  readonly expected: string
  readonly got: string

  constructor(what: string, expected: string, got: string) {
    super(`${what}: expected ${expected}, got ${got}`)
    this.expected = expected
    this.got = got
  }
}

/** @throws StoryMismatch */
export function checkReply(expected: Expected, reply: Reply): void {
  const statuses = [expected.status].flat()
  const refusal = readRefusal(reply.json)
  const got = [String(reply.status), ...describeRefusal(refusal)].join(' ')
  const wanted = [statuses.join(' or '), expected.error, expected.rule].filter(Boolean).join(' ')
  const agrees =
    statuses.includes(reply.status) &&
    (expected.error === undefined || refusal?.error === expected.error) &&
    (expected.rule === undefined || refusal?.rule === expected.rule)
  if (!agrees) throw new StoryMismatch('answer', wanted, got)
}

/** @throws StoryMismatch unless `got` is `expected` */
export function checkSame(what: string, expected: string | number, got: string | number): void {
  if (expected !== got) throw new StoryMismatch(what, String(expected), String(got))
}

/** The first issue of an OperationOutcome, or undefined when the answer is none. */
export function readRefusal(json: JsonValue | undefined): Refusal | undefined {
  if (!isJsonObject(json) || json.resourceType !== 'OperationOutcome') return undefined
  const issue = Array.isArray(json.issue) ? json.issue[0] : undefined
  const details = isJsonObject(issue) ? issue.details : undefined
  if (!isJsonObject(details)) return undefined
  const codings = Array.isArray(details.coding) ? details.coding.filter(isJsonObject) : []
  const code = (system: string): string => {
    const found = codings.find((coding) => coding.system === system)?.code
    return typeof found === 'string' ? found : ''
  }
  return {
    error: code(ERROR_SYSTEM),
    rule: code(RULE_SYSTEM),
    text: typeof details.text === 'string' ? details.text : '',
  }
}

function describeRefusal(refusal: Refusal | undefined): string[] {
  return refusal ? [refusal.error, refusal.rule].filter((part) => part !== '') : []
}
