/**
 * JSON as FHIR needs it: decimals keep the digits they were sent with (`1.00` is not `1.0`), a key may stand once,
 * nesting is bounded.
 * @see https://hl7.org/fhir/R4/json.html and https://hl7.org/fhir/R4/datatypes.html#decimal
 */

/** A number whose digits a JavaScript number would not give back. */
export class Decimal {
  readonly digits: string
  constructor(digits: string) {
    this.digits = digits
  }
  toString(): string {
    return this.digits
  }
}

export type JsonValue = string | number | boolean | null | Decimal | JsonValue[] | JsonObject
export type JsonObject = { [key: string]: JsonValue }

/** What is wrong with the text, and where. Holds no part of the text: it may be personal. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
  readonly reason: string
  readonly offset: number
  constructor(reason: string, offset: number) {
    super(`${reason} (offset ${offset})`)
    this.reason = reason
    this.offset = offset
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings
const CONTROL = /[\u0000-\u001f]/

/**
 * Parses one JSON text.
 * @param maxDepth nesting of objects and arrays
 * @throws JsonSyntaxError on anything RFC 8259 forbids, a duplicate key, or too deep nesting
 */
export function parseJson(text: string, maxDepth = 64): JsonValue {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0

  const fail = (cause: string): never => {
    throw new JsonSyntaxError(cause, at)
  }
  const skipSpace = (): number => {
    let code = text.charCodeAt(at)
    if (code === 32 || code === 10 || code === 13 || code === 9) {
      SPACE.lastIndex = at
      SPACE.test(text)
      at = SPACE.lastIndex
      code = text.charCodeAt(at)
    }
    return code
  }

  const parseString = (): string => {
    const start = at + 1
    let end = text.indexOf('"', start)
    if (end < 0) fail('unterminated string')
    let slice = text.slice(start, end)
    if (slice.includes('\\')) {
      while (endsInsideEscape(text, start, end)) {
        end = text.indexOf('"', end + 1)
        if (end < 0) fail('unterminated string')
      }
      at = end + 1
      slice = text.slice(start - 1, end + 1)
      try {
        return JSON.parse(slice) as string
      } catch {
        at = start
        return fail('malformed string')
      }
    }
    if (CONTROL.test(slice)) fail('control character in string')
    at = end + 1
    return slice
  }

  const readNumber = (): number | Decimal => {
    NUMBER.lastIndex = at
    const match = NUMBER.exec(text)
    if (!match) return fail('unexpected character')
    at = NUMBER.lastIndex
    return exactNumber(match[0])
  }

  const literal = <T>(word: string, value: T): T => {
    if (!text.startsWith(word, at)) fail('unexpected character')
    at += word.length
    return value
  }

  const parseArray = (depth: number): JsonValue[] => {
    if (depth >= maxDepth) fail('nested too deep')
    const list: JsonValue[] = []
    at++
    if (skipSpace() === 0x5d) {
      at++
      return list
    }
    for (;;) {
      list.push(parseValue(depth + 1))
      const code = skipSpace()
      at++
      if (code === 0x5d) return list
      if (code !== 0x2c) fail('comma or ] expected')
    }
  }

  const parseObject = (depth: number): JsonObject => {
    if (depth >= maxDepth) fail('nested too deep')
    const object: JsonObject = {}
    at++
    if (skipSpace() === 0x7d) {
      at++
      return object
    }
    for (;;) {
      if (skipSpace() !== 0x22) fail('key expected')
      const key = parseString()
      if (key === '__proto__' || Object.hasOwn(object, key)) fail('duplicate or forbidden key')
      if (skipSpace() !== 0x3a) fail('colon expected')
      at++
      object[key] = parseValue(depth + 1)
      const code = skipSpace()
      at++
      if (code === 0x7d) return object
      if (code !== 0x2c) fail('comma or } expected')
    }
  }

  const parseValue = (depth: number): JsonValue => {
    switch (skipSpace()) {
      case 0x7b:
        return parseObject(depth)
      case 0x5b:
        return parseArray(depth)
      case 0x22:
        return parseString()
      case 0x74:
        return literal('true', true)
      case 0x66:
        return literal('false', false)
      case 0x6e:
        return literal('null', null)
      default:
        return readNumber()
    }
  }

  const value = parseValue(0)
  skipSpace()
  if (at < text.length) fail('text after the end')
  return value
}

/** The number that `parseJson` would give for this text alone; undefined when it is none. */
export function parseNumber(text: string): number | Decimal | undefined {
  NUMBER.lastIndex = 0
  return NUMBER.test(text) && NUMBER.lastIndex === text.length ? exactNumber(text) : undefined
}

function exactNumber(digits: string): number | Decimal {
  const value = Number(digits)
  return String(value) === digits ? value : new Decimal(digits)
}

/** Whether the quote at `quote` is escaped: an odd number of backslashes stands before it. */
function endsInsideEscape(text: string, start: number, quote: number): boolean {
  let backslashes = 0
  for (let i = quote - 1; i >= start && text.charCodeAt(i) === 0x5c; i--) backslashes++
  return backslashes % 2 === 1
}

/** The JSON text of a value, decimals with their own digits. Properties that are `undefined` are left out. */
export function stringifyJson(value: unknown): string {
  // Most resources hold no such decimal, and JavaScript's own writer takes a fifth of the time.
  return holdsDecimal(value) ? withDigits(value) : JSON.stringify(value ?? null)
}

function holdsDecimal(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  if (Array.isArray(value)) return value.some(holdsDecimal)
  if (value instanceof Decimal) return true
  for (const key in value) if (holdsDecimal((value as Readonly<Record<string, unknown>>)[key])) return true
  return false
}

function withDigits(value: unknown): string {
  if (value instanceof Decimal) return value.digits
  if (Array.isArray(value)) return `[${value.map(withDigits).join(',')}]`
  if (value !== null && typeof value === 'object') {
    let text = ''
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue
      text += `${text && ','}${JSON.stringify(key)}:${withDigits(item)}`
    }
    return `{${text}}`
  }
  return JSON.stringify(value ?? null)
}

/** The same with one member or item a line, two spaces a level: as `JSON.stringify(value, null, 2)` lays it out. */
export function prettyJson(value: unknown, margin = ''): string {
  if (value === null || typeof value !== 'object' || value instanceof Decimal) return stringifyJson(value)
  const inner = `${margin}  `
  const isList = Array.isArray(value)
  const lines = isList
    ? value.map((item) => `${inner}${prettyJson(item, inner)}`)
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${inner}${JSON.stringify(key)}: ${prettyJson(item, inner)}`)
  const [open, close] = isList ? '[]' : '{}'
  return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join(',\n')}\n${margin}${close}`
}

export function isJsonObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Decimal)
}
