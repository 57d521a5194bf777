/**
 * String manipulation. A pattern matches anywhere in the text, `.` also a line break.
 * @see http://hl7.org/fhirpath/N1/#string-manipulation
 */
import type { Environment } from '../environment.ts'
import type { FunctionTable } from '../function.ts'
import { booleanNodes, integerNodes, type Nodes, none, stringNodes } from '../node.ts'
import { integerFrom, textFrom } from '../single.ts'
import { FhirPathError } from '../syntax.ts'
import { textWeight } from '../weight.ts'

/** A text and one argument, or nothing when either is missing. */
function withText(
  input: Nodes,
  argument: Nodes | undefined,
  give: (text: string, argument: string) => Nodes,
): Nodes {
  const text = textFrom(input)
  const other = textFrom(argument ?? none)
  return text === undefined || other === undefined ? none : give(text, other)
}

function ofText(input: Nodes, give: (text: string) => Nodes): Nodes {
  const text = textFrom(input)
  return text === undefined ? none : give(text)
}

function pattern(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch {
    throw new FhirPathError('not a regular expression')
  }
}

/** Paid for before it is made: of few parts and a long separator comes a text beyond all bounds. */
function joined(parts: readonly string[], separator: string, environment: Environment): Nodes {
  const length = parts.reduce((sum, part) => sum + part.length + separator.length, 0)
  environment.visit(parts.length + textWeight(length))
  return stringNodes(parts.join(separator))
}

export const strings: FunctionTable = {
  indexOf: { takes: [1, 1], plain: (input, [a]) => withText(input, a, (t, s) => integerNodes(t.indexOf(s))) },
  substring: {
    takes: [1, 2],
    plain: (input, [start, length]) =>
      ofText(input, (text) => {
        const from = integerFrom(start ?? none)
        if (from === undefined || from < 0 || from >= text.length) return none
        const count = length && integerFrom(length)
        return stringNodes(text.slice(from, count === undefined ? undefined : from + Math.max(0, count)))
      }),
  },
  startsWith: {
    takes: [1, 1],
    plain: (input, [a]) => withText(input, a, (t, s) => booleanNodes(t.startsWith(s))),
  },
  endsWith: {
    takes: [1, 1],
    plain: (input, [a]) => withText(input, a, (t, s) => booleanNodes(t.endsWith(s))),
  },
  contains: {
    takes: [1, 1],
    plain: (input, [a]) => withText(input, a, (t, s) => booleanNodes(t.includes(s))),
  },
  upper: { takes: [0, 0], plain: (input) => ofText(input, (text) => stringNodes(text.toUpperCase())) },
  lower: { takes: [0, 0], plain: (input) => ofText(input, (text) => stringNodes(text.toLowerCase())) },
  trim: { takes: [0, 0], plain: (input) => ofText(input, (text) => stringNodes(text.trim())) },
  length: { takes: [0, 0], plain: (input) => ofText(input, (text) => integerNodes(text.length)) },
  toChars: {
    takes: [0, 0],
    plain: (input) => ofText(input, (text) => [...text].flatMap((letter) => stringNodes(letter))),
  },
  split: {
    takes: [1, 1],
    plain: (input, [a]) => withText(input, a, (t, s) => t.split(s).flatMap((part) => stringNodes(part))),
  },
  join: {
    takes: [0, 1],
    plain: (input, [separator], environment) => {
      const parts = input.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
      return parts.length === 0 ? none : joined(parts, textFrom(separator ?? none) ?? '', environment)
    },
  },
  replace: {
    takes: [2, 2],
    plain: (input, [a, b], environment) =>
      withText(input, a, (text, old) => {
        const by = textFrom(b ?? none)
        if (by === undefined) return none
        // Nothing is found before the first letter, between two, and behind the last.
        return joined(old === '' ? ['', ...text.split(''), ''] : text.split(old), by, environment)
      }),
  },
  matches: {
    takes: [1, 1],
    pattern: true,
    plain: (input, [a]) =>
      withText(input, a, (text, source) => booleanNodes(pattern(source, 's').test(text))),
  },
  replaceMatches: {
    takes: [2, 2],
    pattern: true,
    plain: (input, [a, b]) =>
      withText(input, a, (text, source) => {
        const by = textFrom(b ?? none)
        return by === undefined ? none : stringNodes(text.replace(pattern(source, 'gs'), by))
      }),
  },
}
