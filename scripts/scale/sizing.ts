/**
 * `npm run scale:sizing -- cost.json`: what a load takes of disks and processors, from what was measured, as a table.
 * `cost.json` is written by `npm run bench -- cost --json cost.json`. With `--write` it goes into docs/operations.md, in the
 * place of the one that is there.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'
import { readCosts } from './measured-costs.ts'
import { sizingTable } from './sizing-table.ts'

const words = process.argv.slice(2)
const file = words.find((word) => word !== '--write')
if (file === undefined) {
  console.error(
    'scale:sizing: which figures? npm run bench -- cost --json cost.json; npm run scale:sizing -- cost.json',
  )
  process.exitCode = 64
} else {
  const table = sizingTable(readCosts(JSON.parse(readFileSync(file, 'utf8'))))
  console.log(table)
  if (words.includes('--write')) write(table)
}

function write(table: string): void {
  const document = join(packageRoot(), 'docs', 'operations.md')
  const text = readFileSync(document, 'utf8')
  const place = /(<!-- sizing -->\n)[\s\S]*(<!-- \/sizing -->)/
  if (!place.test(text)) throw new Error('docs/operations.md has no place for the table')
  writeFileSync(
    document,
    text.replace(place, (_, start, end) => `${start}\n${table}\n\n${end}`),
  )
}
