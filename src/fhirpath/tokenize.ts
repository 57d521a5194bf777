/**
 * Cuts a FHIRPath expression into tokens, in time linear in its length.
 * @see http://hl7.org/fhirpath/N1/#lexical-elements
 */
import { FhirPathSyntaxError } from './syntax.ts'

export type TokenKind = 'name' | 'quoted' | 'string' | 'number' | 'time' | 'symbol' | 'constant' | 'end'
export type Token = { readonly kind: TokenKind; readonly text: string }

const SPACE = /(?:\s+|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y
const DATE = '\\d{4}(?:-\\d\\d(?:-\\d\\d)?)?'
const CLOCK = '\\d\\d(?::\\d\\d(?::\\d\\d(?:\\.\\d+)?)?)?'
const TOKEN = new RegExp(
  [
    "'((?:[^'\\\\]|\\\\.)*)'",
    '`((?:[^`\\\\]|\\\\.)*)`',
    `@(${DATE}(?:T(?:${CLOCK}(?:Z|[+-]\\d\\d:\\d\\d)?)?)?|T${CLOCK})`,
    '(\\d+(?:\\.\\d+)?)',
    '([A-Za-z_$][A-Za-z0-9_]*)',
    "%([A-Za-z_][A-Za-z0-9_-]*|'(?:[^'\\\\]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`)",
    '(!=|!~|<=|>=|[().,|=~<>[\\]{}+\\-*/&])',
  ].join('|'),
  'ys',
)
const kinds: readonly TokenKind[] = ['string', 'quoted', 'time', 'number', 'name', 'constant', 'symbol']

const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|(.))/gs
const escapes: Readonly<Record<string, string>> = {
  r: '\r',
  n: '\n',
  t: '\t',
  f: '\f',
  "'": "'",
  '"': '"',
  '`': '`',
  '\\': '\\',
  '/': '/',
}

/** @throws FhirPathSyntaxError */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    SPACE.lastIndex = at
    SPACE.test(text)
    at = SPACE.lastIndex
    if (at >= text.length) return tokens
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) throw new FhirPathSyntaxError(`character ${at + 1} is not understood`)
    tokens.push(tokenOf(match))
    at = TOKEN.lastIndex
  }
}

function tokenOf(match: RegExpExecArray): Token {
  for (const [i, kind] of kinds.entries()) {
    const text = match[i + 1]
    if (text === undefined) continue
    if (kind === 'string' || kind === 'quoted') return { kind, text: withoutEscapes(text) }
    if (kind === 'constant') return { kind, text: withoutEscapes(text.replace(/^['`]|['`]$/g, '')) }
    return { kind, text }
  }
  throw new FhirPathSyntaxError('token not understood')
}

/** An escape that FHIRPath does not know stays as it is: `\d` and `\.` are meant for the regular expression. */
function withoutEscapes(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(ESCAPE, (whole, hex: string | undefined, letter: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (letter === undefined) return whole
    return escapes[letter] ?? whole
  })
}
