/** `npm run bench -- --report <file>`: the figures of runs as tables, printed or put into a document. */
import { readFileSync, writeFileSync } from 'node:fs'
import { UsageError } from './command-line.ts'
import { type Figures, markdownReport } from './dmp/markdown-report.ts'

const BEGIN = '<!-- figures: npm run bench -- --report -->'
const END = '<!-- /figures -->'

export function tellReport(files: readonly string[], into: string | undefined): void {
  const report = markdownReport(files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Figures))
  if (into === undefined) {
    console.log(report)
    return
  }
  writeFileSync(into, withReport(readFileSync(into, 'utf8'), report))
  console.log(`the tables of ${into} are those of ${files.join(', ')}`)
}

/** @throws UsageError when the document has no place for it */
export function withReport(document: string, report: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)]
  if (begin < 0 || end < begin) throw new UsageError(`No ${BEGIN} … ${END} in the document`)
  return `${document.slice(0, begin + BEGIN.length)}\n\n${report}\n\n${document.slice(end)}`
}
