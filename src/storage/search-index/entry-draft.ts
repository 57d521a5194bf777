/** The index entries of one resource while they are collected, bounded: a resource must not cost more than it is worth. */
import { refusal } from '../../fhir/fhir-error.ts'
import type {
  CodeEntry,
  IndexEntries,
  RangeEntry,
  ReferenceEntry,
  StringEntry,
  Term,
} from './index-entries.ts'
import { formOf, pointForms, type RowForm } from './row-forms.ts'
import { type Signature, SignatureDraft } from './signature.ts'
import { term } from './term.ts'

/** Far above any resource of the published examples (the largest has some hundreds), far below a smallint. */
const MAX_ENTRIES = 10_000
/** How much of a string is looked at by `:contains`. */
const MAX_FOLDED = 2_000
/** Of a string: what a btree holds, and what sorts. As in the indexes of migrations/0002. */
export const BEGINNING = 64
/** A longer URL would not fit into a btree; its terms find it all the same. */
const MAX_TARGET = 1_000

const unsorted = { lowest: false, highest: false }

type NewRow = { readonly element: number; readonly tokens: readonly Term[] | undefined }

export class EntryDraft implements IndexEntries {
  readonly terms = new Set<Term>()
  readonly ranges: RangeEntry[] = []
  readonly strings: StringEntry[] = []
  readonly references: ReferenceEntry[] = []
  readonly codes: CodeEntry[] = []
  readonly #targets = new Set<string>()
  readonly #signature = new SignatureDraft()

  get signature(): Signature {
    return this.#signature.signature
  }

  /** @param text of the term */
  add(text: string): void {
    this.terms.add(term(text))
    this.#refuseTooMany()
  }

  /** What a look at the row of an index may go by: a code, an id or URL referred to, a URI. */
  sign(value: string): void {
    this.#signature.add(value)
  }

  addRange(text: string, low: number, high: number, row: NewRow): void {
    this.ranges.push({
      term: term(text),
      low,
      high,
      ...unsorted,
      ...row,
    })
    this.#refuseTooMany()
  }

  addString(text: string, folded: string, row: NewRow): void {
    this.strings.push({ term: term(text), folded: storable(folded), ...unsorted, ...row })
    this.#refuseTooMany()
  }

  /** @param text of the term that the code is found by */
  addCode(parameter: string, code: string, text: string): void {
    const stored = code.includes('\0') ? code.replaceAll('\0', '') : code
    const named = term(text)
    this.codes.push({ parameter, code: stored, term: named, sorts: sortsAs(stored, named) })
  }

  addReference(parameter: string, targetType: string, targetId: string): void {
    if (targetId.length > MAX_TARGET || targetId.includes('\0')) return
    const key = `${parameter} ${targetType} ${targetId}`
    if (this.#targets.has(key)) return
    this.#targets.add(key)
    this.references.push({ parameter, targetType, targetId })
    this.#refuseTooMany()
  }

  /** Marks which of the rows from `first` on sort the resource, and where they lie: they are all those of one parameter. */
  markRanges(key: string, first: number, forms: readonly RowForm[]): void {
    const rows = this.ranges.slice(first)
    mark(rows, (a, b) => a.low < b.low)
    const lengths = rows.map(({ low, high }) => (low === high ? 0 : high - low))
    place(rows, key, formOf(forms, lengths))
  }

  markStrings(key: string, first: number): void {
    const rows = this.strings.slice(first)
    mark(rows, (a, b) => a.folded.slice(0, BEGINNING) < b.folded.slice(0, BEGINNING))
    const lengths = rows.map(() => 0)
    place(rows, key, formOf(pointForms, lengths))
  }

  #refuseTooMany(): void {
    const count = this.terms.size + this.ranges.length + this.strings.length + this.references.length
    if (count > MAX_ENTRIES) {
      throw refusal('too-long', 'trop-long', { params: { what: 'search values', limit: MAX_ENTRIES } })
    }
  }
}

/** A btree holds no long text; the term tells apart what begins alike. */
function sortsAs(code: string, term: Term): string {
  return code.length <= BEGINNING ? code : code.slice(0, BEGINNING).replace(/[\ud800-\udbff]$/, '') + term
}

type Marked = { term: Term; lowest: boolean; highest: boolean }

/** The first of the lowest and the last of the highest: two rows, unless there is only one. */
function mark<Row extends Marked>(rows: readonly Row[], before: (a: Row, b: Row) => boolean): void {
  let [lowest] = rows
  let highest = lowest
  if (!lowest || !highest) return
  for (const row of rows) {
    if (before(row, lowest)) lowest = row
    if (!before(row, highest)) highest = row
  }
  lowest.lowest = true
  highest.highest = true
}

function place(rows: readonly Marked[], key: string, { form }: RowForm): void {
  const placed = term(key + form)
  for (const row of rows) row.term = placed
}

/** PostgreSQL takes no U+0000 in a text; half of a surrogate pair at the cut would become another character. */
function storable(folded: string): string {
  const text = folded.includes('\0') ? folded.replaceAll('\0', '') : folded
  return text.length <= MAX_FOLDED ? text : text.slice(0, MAX_FOLDED).replace(/[\ud800-\udbff]$/, '')
}
