/**
 * A PDF of made-up text, of about the size that is asked for: pages of lines in Helvetica, uncompressed, ASCII alone, so
 * that an offset in the text is an offset in the bytes.
 * @see ISO 32000-1 §7.5 (file structure)
 */
import { fold } from '../../fhir/fold.ts'

const LINES_A_PAGE = 50
const filler =
  'Examen realise sans incident ; resultats stables par rapport au precedent, a revoir avec le medecin traitant.'

/** A file as ASCII. @param lines of text, in front of what fills it up @param size bytes, about */
export type MakePdf = (lines: readonly string[], size: number) => string

/** The lines that fill up are the same in all files: they are written once, and cut out. */
export function pdfMaker(): MakePdf {
  let text = ''
  const ends = [0]
  const fillers = (from: number, until: number): string => {
    for (let next = ends.length; next <= until; next++) {
      text += `${shown(`${next}. ${filler}`)}\n`
      ends.push(text.length)
    }
    // But for the last line end.
    return text.slice(ends[from], (ends[until] ?? 0) - 1)
  }
  return (lines, size) => {
    const missing = Math.max(0, Math.floor((size - 900) / (filler.length + 22)))
    const own = lines.map((line) => shown(escaped(line)))
    const pages: string[] = []
    for (let at = 0; at < own.length + missing; at += LINES_A_PAGE) {
      const until = Math.min(at + LINES_A_PAGE, own.length + missing)
      const filled = until > own.length ? [fillers(Math.max(at - own.length, 0), until - own.length)] : []
      pages.push([...own.slice(at, until), ...filled].join('\n'))
    }
    return file(pages)
  }
}

function file(pages: readonly string[]): string {
  const kids = pages.map((_, i) => `${4 + 2 * i} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...pages.flatMap((page, i) => {
      const stream = `BT /F1 9 Tf 50 800 Td 14 TL ${page} ET`
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
        `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
      ]
    }),
  ]
  let text = '%PDF-1.4\n'
  let table = ''
  objects.forEach((object, i) => {
    table += `${String(text.length).padStart(10, '0')} 00000 n \n`
    text += `${i + 1} 0 obj\n${object}\nendobj\n`
  })
  const count = objects.length + 1
  return `${text}xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
}

function shown(line: string): string {
  return `(${line}) Tj T*`
}

function escaped(line: string): string {
  return fold(line)
    .replace(/[^ -~]/g, '?')
    .replace(/[\\()]/g, '\\$&')
}
