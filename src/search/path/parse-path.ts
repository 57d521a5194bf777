/**
 * Parses the part of FHIRPath that search parameters use: paths, `|`, `as`, `is`, `and`, `=`, `!=`, indexes, and the
 * functions where, as, ofType, extension, resolve, exists. Expressions come from definitions, never from a request.
 * @see http://hl7.org/fhirpath/N1/#grammar
 */
import { type Path, UnsupportedPath } from './path-syntax.ts'

const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|'((?:[^'\\]|\\.)*)'|(\d+)|(!=|%resource\b|[().|=[\]]))/y

type Token =
  | { readonly kind: 'name' | 'string' | 'symbol'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'end'; readonly text: '' }

/** @throws UnsupportedPath on anything else */
export function parsePath(text: string): Path {
  const tokens = tokenize(text)
  let at = 0
  const end: Token = { kind: 'end', text: '' }
  const peek = (): Token => tokens[at] ?? end
  const fail = (): never => {
    throw new UnsupportedPath(`not understood at token ${at + 1} of: ${text}`)
  }
  const take = (kind: Token['kind'], value?: string): string => {
    const token = peek()
    if (token.kind !== kind || (value !== undefined && token.text !== value)) return fail()
    at++
    return token.text
  }
  const taken = (kind: Token['kind'], value: string): boolean => {
    const token = peek()
    if (token.kind !== kind || token.text !== value) return false
    at++
    return true
  }

  const parseAnd = (): Path => {
    let left = parseEquality()
    while (taken('name', 'and')) left = { op: 'and', left, right: parseEquality() }
    return left
  }
  const parseEquality = (): Path => {
    const left = parseUnion()
    if (taken('symbol', '=')) return { op: '=', left, right: parseUnion() }
    if (taken('symbol', '!=')) return { op: '!=', left, right: parseUnion() }
    return left
  }
  const parseUnion = (): Path => {
    let left = parseTyped()
    while (taken('symbol', '|')) left = { op: 'union', left, right: parseTyped() }
    return left
  }
  const parseTyped = (): Path => {
    let path = parseInvocation()
    for (;;) {
      if (taken('name', 'as')) path = { op: 'as', of: path, type: take('name') }
      else if (taken('name', 'is')) path = { op: 'is', of: path, type: take('name') }
      else return path
    }
  }
  const parseInvocation = (): Path => {
    let path = parseTerm()
    for (;;) {
      if (taken('symbol', '.')) {
        const name = take('name')
        path = taken('symbol', '(') ? parseCall(name, path) : { op: 'child', of: path, name }
      } else if (taken('symbol', '[')) {
        path = { op: 'index', of: path, index: Number(take('number')) }
        take('symbol', ']')
      } else return path
    }
  }
  const parseTerm = (): Path => {
    const token = peek()
    if (taken('symbol', '(')) {
      const inner = parseAnd()
      take('symbol', ')')
      return inner
    }
    if (taken('symbol', '%resource')) return { op: 'resource' }
    if (token.kind === 'string') return { op: 'literal', value: take('string') }
    if (token.kind === 'number') return { op: 'literal', value: Number(take('number')) }
    const name = take('name')
    if (name === 'true' || name === 'false') return { op: 'literal', value: name === 'true' }
    return taken('symbol', '(') ? parseCall(name, undefined) : { op: 'start', name }
  }
  /** The opening parenthesis is taken already. */
  const parseCall = (name: string, of: Path | undefined): Path => {
    const call = parseArguments(name, of)
    take('symbol', ')')
    return call
  }
  const parseArguments = (name: string, of: Path | undefined): Path => {
    if (name === 'extension') return { op: 'extension', of, url: take('string') }
    if (name === 'resolve') return { op: 'resolve', of }
    if (!of) return fail()
    if (name === 'as' || name === 'ofType') return { op: 'as', of, type: take('name') }
    if (name === 'where') return { op: 'where', of, criterion: parseAnd() }
    if (name === 'exists') return { op: 'exists', of }
    return fail()
  }

  const path = parseAnd()
  return peek().kind === 'end' ? path : fail()
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const end = text.trimEnd().length
  while (at < end) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) throw new UnsupportedPath(`character ${at + 1} not understood: ${text}`)
    const [, name, string, number, symbol] = match
    if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else if (string !== undefined) tokens.push({ kind: 'string', text: string.replace(/\\(.)/g, '$1') })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol })
    at = TOKEN.lastIndex
  }
  return tokens
}
