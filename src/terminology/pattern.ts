/**
 * Regular expressions of value set filters, matched in time proportional to pattern × text: a client's pattern must not
 * be able to hold the process, as a backtracking engine would let it. The pattern matches the whole text.
 * @see https://hl7.org/fhir/R4/valueset-filter-operator.html (regex)
 * @see https://swtch.com/~rsc/regexp/regexp1.html (the construction: Thompson's, all states at once)
 *
 * Known: literals, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `* + ? {m,n}`, `^` and `$` at the ends.
 * Not known, hence refused: back-references, look-around, Unicode classes, flags.
 */

/** States of one pattern, and so steps for one character of text. */
const MAX_STATES = 500
const MAX_NESTING = 20

export type Pattern = {
  /** Steps that each character of a text may take. */
  readonly states: number
  matches(text: string): boolean
}

type Test = (character: string) => boolean
type State =
  | { readonly kind: 'test'; readonly test: Test; next: number }
  | { readonly kind: 'fork'; next: number; other: number }
  | { readonly kind: 'end' }

type Node =
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number }

class Refused extends Error {}

/** Undefined when the pattern is not one, is too large, or asks for what is not known here. */
export function compilePattern(source: string): Pattern | undefined {
  try {
    const states = build(parse(source))
    return { states: states.length, matches: (text) => run(states, text) }
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

const shorthand: Readonly<Record<string, RegExp>> = {
  d: /\d/,
  D: /\D/,
  w: /\w/,
  W: /\W/,
  s: /\s/,
  S: /\S/,
}

const spaces: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v' }

function parse(source: string): Node {
  const text = source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '')
  let at = 0
  const peek = (): string | undefined => text[at]

  const alternatives = (nesting: number): Node => {
    if (nesting > MAX_NESTING) throw new Refused()
    const parts = [sequence(nesting)]
    while (peek() === '|') {
      at++
      parts.push(sequence(nesting))
    }
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'any', parts }
  }
  const sequence = (nesting: number): Node => {
    const parts: Node[] = []
    for (let next = peek(); next !== undefined && next !== '|' && next !== ')'; next = peek())
      parts.push(repeated(atom(nesting)))
    return { kind: 'all', parts }
  }
  const atom = (nesting: number): Node => {
    const character = text[at++] ?? ''
    if (character === '(') {
      if (text.startsWith('?:', at)) at += 2
      else if (peek() === '?') throw new Refused()
      const inner = alternatives(nesting + 1)
      if (text[at++] !== ')') throw new Refused()
      return inner
    }
    if (character === '[') return { kind: 'test', test: characterClass() }
    if (character === '.') return { kind: 'test', test: (c) => c !== '\n' && c !== '\r' }
    if (character === '\\') return { kind: 'test', test: escaped().test }
    if ('*+?{}^$]'.includes(character)) throw new Refused()
    return { kind: 'test', test: (c) => c === character }
  }
  const escaped = (): { readonly test: Test; readonly literal: string | undefined } => {
    const character = text[at++] ?? ''
    const named = shorthand[character]
    if (named) return { test: (c) => named.test(c), literal: undefined }
    const literal = spaces[character] ?? character
    // Letters and digits that are not known here mean something else: a back-reference, a boundary, a code point.
    if (literal === character && /^[A-Za-z0-9]?$/.test(character)) throw new Refused()
    return { test: (c) => c === literal, literal }
  }
  const characterClass = (): Test => {
    const negated = peek() === '^'
    if (negated) at++
    const tests: Test[] = []
    for (let next = peek(); next !== ']'; next = peek()) {
      if (next === undefined) throw new Refused()
      tests.push(classMember())
    }
    at++
    return (c) => tests.some((test) => test(c)) !== negated
  }
  const classMember = (): Test => {
    const first = classCharacter()
    if (first.literal === undefined || peek() !== '-' || text[at + 1] === ']' || at + 1 >= text.length)
      return first.test
    at++
    const last = classCharacter()
    const { literal: low } = first
    const { literal: high } = last
    if (high === undefined || high < low) throw new Refused()
    return (c) => c >= low && c <= high
  }
  const classCharacter = (): { readonly test: Test; readonly literal: string | undefined } => {
    const character = text[at++] ?? ''
    if (character === '\\') return escaped()
    return { test: (c) => c === character, literal: character }
  }
  const repeated = (part: Node): Node => {
    const bounds = quantifier()
    if (!bounds) return part
    // Greedy or lazy makes no difference to whether a whole text matches.
    if (peek() === '?') at++
    if (/^[*+?{]$/.test(peek() ?? '')) throw new Refused()
    return { kind: 'repeat', part, ...bounds }
  }
  const quantifier = (): { readonly min: number; readonly max: number } | undefined => {
    const character = peek()
    if (character === '*' || character === '+' || character === '?') {
      at++
      return { min: character === '+' ? 1 : 0, max: character === '?' ? 1 : Number.POSITIVE_INFINITY }
    }
    if (character !== '{') return undefined
    const found = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(text.slice(at, at + 10))
    if (!found) throw new Refused()
    at += found[0].length
    const min = Number(found[1])
    const max = found[3] === undefined ? (found[2] ? Number.POSITIVE_INFINITY : min) : Number(found[3])
    if (max < min) throw new Refused()
    return { min, max }
  }

  const tree = alternatives(0)
  if (at < text.length) throw new Refused()
  return tree
}

/** Built from the end: each part is told the state that follows it. The last state is where a match begins. */
function build(tree: Node): readonly State[] {
  const states: State[] = [{ kind: 'end' }]
  const add = (state: State): number => {
    if (states.length >= MAX_STATES) throw new Refused()
    states.push(state)
    return states.length - 1
  }
  const loop = (part: Node, next: number): number => {
    const fork: State = { kind: 'fork', next, other: next }
    const at = add(fork)
    fork.other = compile(part, at)
    return at
  }
  const compile = (node: Node, next: number): number => {
    switch (node.kind) {
      case 'test':
        return add({ kind: 'test', test: node.test, next })
      case 'all':
        return node.parts.reduceRight((following, part) => compile(part, following), next)
      case 'any':
        return node.parts
          .map((part) => compile(part, next))
          .reduce((next, other) => add({ kind: 'fork', next, other }))
      case 'repeat': {
        let start = node.max === Number.POSITIVE_INFINITY ? loop(node.part, next) : next
        const optional = node.max === Number.POSITIVE_INFINITY ? 0 : node.max - node.min
        for (let i = 0; i < optional; i++)
          start = add({ kind: 'fork', next, other: compile(node.part, start) })
        for (let i = 0; i < node.min; i++) start = compile(node.part, start)
        return start
      }
    }
  }
  // A fork of no effect, so that the start is the last state whatever the pattern.
  const start = compile(tree, 0)
  add({ kind: 'fork', next: start, other: start })
  return states
}

function run(states: readonly State[], text: string): boolean {
  let current = reached(states, [states.length - 1])
  for (const character of text) {
    const next: number[] = []
    for (const at of current) {
      const state = states[at]
      if (state?.kind === 'test' && state.test(character)) next.push(state.next)
    }
    if (next.length === 0) return false
    current = reached(states, next)
  }
  return current.has(0)
}

/** These states and all that forks lead to. */
function reached(states: readonly State[], from: readonly number[]): ReadonlySet<number> {
  const set = new Set(from)
  for (const at of set) {
    const state = states[at]
    if (state?.kind === 'fork') set.add(state.next).add(state.other)
  }
  return set
}
