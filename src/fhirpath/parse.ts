/**
 * Parses FHIRPath N1 into a syntax tree. Bounded: an expression has a largest length and depth.
 * @see http://hl7.org/fhirpath/N1/#grammar (precedence of operators) and #operator-precedence
 */
import { Decimal } from '../fhir/json.ts'
import { type BinaryOperator, FhirPathSyntaxError, type Syntax } from './syntax.ts'
import { type Token, type TokenKind, tokenize } from './tokenize.ts'

const longest = 20_000
const deepest = 200

/** Binding of the binary operators, weakest first; `is` and `as` stand between `|` and `+`. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ['implies'],
  ['or', 'xor'],
  ['and'],
  ['in', 'contains'],
  ['=', '~', '!=', '!~'],
  ['<=', '<', '>', '>='],
  ['|'],
]
const sums: readonly BinaryOperator[] = ['+', '-', '&']
const products: readonly BinaryOperator[] = ['*', '/', 'div', 'mod']

const calendarUnit = /^(?:year|month|week|day|hour|minute|second|millisecond)s?$/

/** @throws FhirPathSyntaxError */
export function parse(text: string): Syntax {
  if (text.length > longest) throw new FhirPathSyntaxError(`longer than ${longest} characters`)
  const tokens = tokenize(text)
  const end: Token = { kind: 'end', text: '' }
  let at = 0
  let depth = 0
  const peek = (): Token => tokens[at] ?? end
  const fail = (): never => {
    throw new FhirPathSyntaxError(`not understood at token ${at + 1}`)
  }
  const taken = (kind: TokenKind, value: string): boolean => {
    const token = peek()
    if (token.kind !== kind || token.text !== value) return false
    at++
    return true
  }
  const need = (symbol: string): void => {
    if (!taken('symbol', symbol)) fail()
  }
  const operator = (among: readonly BinaryOperator[]): BinaryOperator | undefined => {
    const { kind, text: value } = peek()
    if (kind !== 'symbol' && kind !== 'name') return undefined
    const found = among.find((candidate) => candidate === value)
    if (found !== undefined) at++
    return found
  }
  const leftToRight = (among: readonly BinaryOperator[], next: () => Syntax): Syntax => {
    let left = next()
    for (let op = operator(among); op; op = operator(among)) {
      left = { op: 'binary', operator: op, left, right: next() }
    }
    return left
  }

  const expression = (): Syntax => {
    if (++depth > deepest) fail()
    const syntax = binary(0)
    depth--
    return syntax
  }
  const binary = (level: number): Syntax => {
    const operators = levels[level]
    return operators ? leftToRight(operators, () => binary(level + 1)) : typed()
  }
  const typed = (): Syntax => {
    let syntax = leftToRight(sums, () => leftToRight(products, unary))
    for (;;) {
      if (taken('name', 'is')) syntax = { op: 'is', of: syntax, type: typeName() }
      else if (taken('name', 'as')) syntax = { op: 'as', of: syntax, type: typeName() }
      else return syntax
    }
  }
  const unary = (): Syntax => {
    if (taken('symbol', '-')) return { op: 'negate', of: unary() }
    if (taken('symbol', '+')) return unary()
    return invocations(term())
  }
  const invocations = (of: Syntax): Syntax => {
    let syntax = of
    for (;;) {
      if (taken('symbol', '.')) syntax = invocation(syntax)
      else if (taken('symbol', '[')) {
        syntax = { op: 'index', of: syntax, index: expression() }
        need(']')
      } else return syntax
    }
  }
  const invocation = (of: Syntax | undefined): Syntax => {
    const token = peek()
    at++
    if (token.kind === 'quoted') return { op: 'member', of, name: token.text }
    if (token.kind !== 'name') return fail()
    if (token.text.startsWith('$')) return of ? fail() : variable(token.text)
    return taken('symbol', '(')
      ? { op: 'call', of, name: token.text, args: list() }
      : { op: 'member', of, name: token.text }
  }
  const variable = (name: string): Syntax =>
    name === '$this' || name === '$index' || name === '$total' ? { op: name } : fail()
  const list = (): Syntax[] => {
    const args: Syntax[] = []
    if (taken('symbol', ')')) return args
    do args.push(expression())
    while (taken('symbol', ','))
    need(')')
    return args
  }
  const typeName = (): string => {
    let name = ''
    do {
      const { kind, text: part } = peek()
      if (kind !== 'name' && kind !== 'quoted') fail()
      at++
      name += name === '' ? part : `.${part}`
    } while (taken('symbol', '.'))
    return name
  }
  const term = (): Syntax => {
    const token = peek()
    if (taken('symbol', '(')) {
      const inner = expression()
      need(')')
      return inner
    }
    if (taken('symbol', '{')) {
      need('}')
      return { op: 'empty' }
    }
    if (taken('name', 'true')) return { op: 'literal', type: 'Boolean', value: true }
    if (taken('name', 'false')) return { op: 'literal', type: 'Boolean', value: false }
    if (token.kind === 'name' || token.kind === 'quoted') return invocation(undefined)
    at++
    if (token.kind === 'constant') return { op: 'constant', name: token.text }
    if (token.kind === 'string') return { op: 'literal', type: 'String', value: token.text }
    if (token.kind === 'number') return number(token.text)
    if (token.kind === 'time') return moment(token.text)
    return fail()
  }
  const number = (digits: string): Syntax => {
    const value = String(Number(digits)) === digits ? Number(digits) : new Decimal(digits)
    const unit = peek()
    if (unit.kind === 'string' || (unit.kind === 'name' && calendarUnit.test(unit.text))) {
      at++
      return { op: 'literal', type: 'Quantity', value: { value, code: unit.text.replace(/s$/, '') } }
    }
    return { op: 'literal', type: digits.includes('.') ? 'Decimal' : 'Integer', value }
  }
  const moment = (written: string): Syntax => {
    if (written.startsWith('T')) return { op: 'literal', type: 'Time', value: written.slice(1) }
    const type = written.includes('T') ? 'DateTime' : 'Date'
    return { op: 'literal', type, value: written.replace(/T$/, '') }
  }

  const syntax = expression()
  return peek().kind === 'end' ? syntax : fail()
}
