/**
 * One line of CSV for a spreadsheet in French: every cell quoted, semicolons between, as Excel reads it where the comma is
 * the decimal mark. A cell that a spreadsheet would take for a formula is made text by an apostrophe before it: motives and
 * names of software are written by others.
 * @see https://www.rfc-editor.org/rfc/rfc4180; https://owasp.org/www-community/attacks/CSV_Injection
 */

/** `=`, `+`, `-`, `@`, also as wide as an ideograph, and what spreadsheets skip before them. */
const FORMULA = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u

export function csvLine(cells: readonly string[]): string {
  return `${cells.map(quoted).join(';')}\r\n`
}

function quoted(cell: string): string {
  const safe = FORMULA.test(cell) ? `'${cell}` : cell
  return `"${safe.replaceAll('"', '""')}"`
}
