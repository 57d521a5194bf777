/**
 * Terms: the first 128 bits of SHA-256 of a text, so that values of any length and content take 16 bytes in an index,
 * and nobody can make two of them that meet.
 */
import { hash } from 'node:crypto'
import type { Term } from './index-entries.ts'

/** Codes, systems and references come again and again; a Map that is full begins anew. */
const MAX_KNOWN = 100_000
const MAX_KNOWN_LENGTH = 200
const known = new Map<string, Term>()

export function term(text: string): Term {
  const before = known.get(text)
  if (before !== undefined) return before
  const digest = hash('sha256', text, 'hex').slice(0, 32) as Term
  if (text.length <= MAX_KNOWN_LENGTH) {
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(text, digest)
  }
  return digest
}

/** What all terms of a parameter begin with. Neither a type nor a code holds a character that a form begins with. */
export function parameterKey(type: string, code: string): string {
  return `${type}.${code}`
}
