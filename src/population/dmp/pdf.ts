/**
 * A PDF of made-up text, of about the size that is asked for: pages of lines in Helvetica, uncompressed, ASCII alone, so
 * that an offset in the text is an offset in the bytes.
 * @see ISO 32000-1 §7.5 (file structure)
 */
import { fold } from '../../fhir/fold.ts'

const LINES_A_PAGE = 50
const filler =
  'Examen realise sans incident ; resultats stables par rapport au precedent, a revoir avec le medecin traitant.'

/** @param lines of text, in front of what fills it up @param size bytes, about */
export function pdfOf(lines: readonly string[], size: number): string {
  const missing = Math.max(0, Math.floor((size - 900) / (filler.length + 22)))
  const all = [...lines.map(escaped), ...Array.from({ length: missing }, (_, i) => `${i + 1}. ${filler}`)]
  const pages: string[][] = []
  for (let i = 0; i < all.length; i += LINES_A_PAGE) pages.push(all.slice(i, i + LINES_A_PAGE))
  const kids = pages.map((_, i) => `${4 + 2 * i} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...pages.flatMap((page, i) => {
      const stream = `BT /F1 9 Tf 50 800 Td 14 TL ${page.map((line) => `(${line}) Tj T*`).join('\n')} ET`
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
        `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
      ]
    }),
  ]
  let text = '%PDF-1.4\n'
  const offsets: number[] = []
  objects.forEach((object, i) => {
    offsets.push(text.length)
    text += `${i + 1} 0 obj\n${object}\nendobj\n`
  })
  const start = text.length
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const count = objects.length + 1
  return `${text}xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
}

function escaped(line: string): string {
  return fold(line)
    .replace(/[^ -~]/g, '?')
    .replace(/[\\()]/g, '\\$&')
}
