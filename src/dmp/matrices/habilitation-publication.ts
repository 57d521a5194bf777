/**
 * The habilitation matrix as an operator publishes it: one row for each profession and document type, as JSON (an array)
 * or CSV (a header, then rows separated by comma, semicolon or tab).
 *
 *   field_code_profession int · field_code_categorie_document int · field_code_loinc string ·
 *   field_consultation_document bool
 *
 * The rest of its shape is not known: other fields are passed over. Not checked here: whether the codes are known and
 * the table is complete; habilitation-import.ts does.
 */

export type PublishedRow = {
  readonly profession: string
  /** Class of the document, as ASS_X16 numbers it. */
  readonly category: string
  readonly type: string
  readonly readable: boolean
  /** Where it stands, for what there is to say of it. */
  readonly line: number
}

export type ReadPublication = { readonly rows: readonly PublishedRow[] } | { readonly faults: string[] }

/** 36 professions × 102 types are 3,672 rows: more than ten times that is no matrix. */
export const MAX_ROWS = 50_000

export const publicationFields = [
  'field_code_profession',
  'field_code_categorie_document',
  'field_code_loinc',
  'field_consultation_document',
] as const
type Field = (typeof publicationFields)[number]
type RawRow = { readonly line: number; readonly values: Readonly<Partial<Record<Field, unknown>>> }

export function readPublication(text: string, format: 'json' | 'csv'): ReadPublication {
  const raw = format === 'json' ? rawJson(text) : rawCsv(text)
  if ('faults' in raw) return raw
  if (raw.rows.length === 0) return { faults: ['no row at all'] }
  if (raw.rows.length > MAX_ROWS) return { faults: [`more than ${MAX_ROWS} rows`] }
  const faults: string[] = []
  const rows: PublishedRow[] = []
  for (const row of raw.rows) {
    const read = readRow(row)
    if ('fault' in read) faults.push(`line ${row.line}: ${read.fault}`)
    else rows.push(read.row)
  }
  return faults.length > 0 ? { faults } : { rows }
}

function readRow({ line, values }: RawRow): { readonly row: PublishedRow } | { readonly fault: string } {
  const profession = code(values.field_code_profession)
  if (profession === undefined) return { fault: 'field_code_profession is not a code' }
  const category = code(values.field_code_categorie_document)
  if (category === undefined || !/^\d+$/.test(category))
    return { fault: 'field_code_categorie_document is not a whole number' }
  const type = code(values.field_code_loinc)
  if (type === undefined) return { fault: 'field_code_loinc is not a code' }
  const readable = flag(values.field_consultation_document)
  if (readable === undefined) return { fault: 'field_consultation_document is neither true nor false' }
  return { row: { profession, category, type, readable, line } }
}

const CODE = /^[0-9A-Za-z][0-9A-Za-z_.-]{0,39}$/

/** Whole numbers in JSON; in CSV everything is text. */
function code(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : typeof value === 'string' ? value.trim() : ''
  return CODE.test(text) ? text : undefined
}

const flags: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
  ['vrai', true],
  ['faux', false],
  ['oui', true],
  ['non', false],
])

function flag(value: unknown): boolean | undefined {
  return flags.get(typeof value === 'string' ? value.trim().toLowerCase() : value)
}

type Raw = { readonly rows: readonly RawRow[] } | { readonly faults: string[] }

function rawJson(text: string): Raw {
  let value: unknown
  try {
    value = JSON.parse(withoutMark(text))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    return { faults: ['not JSON'] }
  }
  if (!Array.isArray(value)) return { faults: ['not a JSON array of rows'] }
  const rows = value.map((item: unknown, i): RawRow => {
    const isRow = typeof item === 'object' && item !== null
    return { line: i + 1, values: isRow ? item : {} }
  })
  return { rows }
}

function rawCsv(text: string): Raw {
  const [header = [], ...rows] = csvRows(withoutMark(text))
  const names = header.map((name) => name.trim())
  const missing = publicationFields.filter((field) => names.indexOf(field) < 0)
  if (missing.length > 0) return { faults: [`the header has no ${missing.join(', ')}`] }
  const twice = publicationFields.find((field) => names.indexOf(field) !== names.lastIndexOf(field))
  if (twice) return { faults: [`the header has ${twice} twice`] }
  const filled = rows.map((cells, i) => ({ cells, line: i + 2 })).filter(({ cells }) => cells.join('') !== '')
  return {
    rows: filled.map(({ cells, line }) => ({
      line,
      // A row that is cut short or too long would put values into the wrong columns.
      values:
        cells.length === names.length
          ? Object.fromEntries(publicationFields.map((field) => [field, cells[names.indexOf(field)]]))
          : {},
    })),
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc4180, with the separator that the header uses; no line break within quotes */
function csvRows(text: string): string[][] {
  const lines = text.split(/\r\n|\n|\r/)
  const separator = [';', '\t'].find((mark) => lines[0]?.includes(mark)) ?? ','
  return lines.map((line) => {
    const cells: string[] = []
    let rest = line
    for (;;) {
      const quoted = /^ *"((?:[^"]|"")*)" */.exec(rest)
      const end = rest.indexOf(separator, quoted?.[0].length ?? 0)
      const whole = end < 0 ? rest : rest.slice(0, end)
      cells.push(
        quoted && quoted[0].length === whole.length ? (quoted[1] ?? '').replaceAll('""', '"') : whole,
      )
      if (end < 0) return cells
      rest = rest.slice(end + 1)
    }
  })
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
