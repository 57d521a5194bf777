/**
 * Every command that a page shows as one to be typed is typed: page by page, in an empty folder, against a server of its
 * own; what it prints is what the page says (needs dist/, which `npm test` builds). What is shown and not run stands in
 * `notRun`, with the reason.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { testDatabase } from '../support/database.ts'
import { runDmp } from '../support/run-dmp.ts'
import { serverProcess } from '../support/server-process.ts'
import { runShown } from './run-shown.ts'
import { blocksOf, commandsOf, filesOf, firstDifference, isCommand } from './shown-blocks.ts'

const root = packageRoot()
let executed = 0
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Pages that are typed one after the other in one terminal, against one server; a later one goes on where the former ended. */
const sessions = [
  ['docs/guides/quick-start.md', 'docs/guides/hospital.md'],
  ['docs/transactions.md', 'docs/guides/vendor.md', 'docs/seal.md'],
]

/** Folders and pages whose commands another test types. */
const typedElsewhere: Readonly<Record<string, string>> = {
  'docs/runbooks': 'test/observability/watched.test.ts',
}

/** Pages that show commands which no test types as they stand, and why. */
const notTyped: Readonly<Record<string, string>> = {
  'README.md': 'starts the server, and plays the demonstration, which is compared below',
  'docs/guides/quick-start.md': 'starts the server: the test has its own',
  'docs/cli.md': 'names commands for one’s own shell; test/cli/help.test.ts types what help shows',
  'docs/growth.md': 'takes hours',
  'docs/performance.md': 'takes minutes, on a quiet machine',
  'docs/operations.md': 'names an operator’s own databases, stores and tables',
  'docs/push.md': 'shows an export that is not here: test/cli/push.test.ts has its like',
  'docs/notices.md': 'shows a mail server that is down: test/notices/told.test.ts',
}

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
]

t.test('every page with commands to be run is in a session', async (t) => {
  const withCommands = pages.filter((page) => commandsOf(read(page)).length > 0)
  t.same(withCommands.sort(), sessions.flat().sort())
})

t.test('the commands of the pages do what they say', async (t) => {
  for (const session of sessions) {
    await using database = await testDatabase()
    await using server = await serverProcess(database)
    await server.start()
    const commands = session.flatMap((page) =>
      commandsOf(read(page)).map((command) => ({ ...command, page })),
    )
    const { DMP_TOKEN: _, ...environment } = process.env
    const files = session.flatMap((page) => filesOf(read(page)))
    const ran = await runShown(commands, files, { ...environment, DMP_URL: server.base })
    for (const [index, command] of commands.entries()) {
      const { code, printed = '' } = ran[index] ?? {}
      const at = `${command.page}:${command.line}`
      const difference = command.output && firstDifference(command.output.text, printed)
      const fine = t.equal(code, command.exit, `${at}: ends as it should`)
      if (!t.equal(difference, undefined, `${at}: prints what it should`) || !fine) t.comment(printed)
      // What comes after it was never run.
      if (code === undefined) break
      executed++
    }
    if (session.includes('docs/transactions.md')) {
      const { code, out } = await runDmp(['demo'], { ...environment, DMP_URL: server.base })
      t.equal(code, 0)
      const shown = blocksOf(read('README.md')).find(({ words }) => words.includes('demo'))
      const difference = firstDifference(shown?.text ?? 'the block `text demo`', out)
      t.equal(difference, undefined, 'the demonstration prints what README.md shows')
    }
  }
})

t.test('what is shown and not typed here is typed elsewhere, or has its reason', async (t) => {
  const shown = pages.flatMap((page) =>
    blocksOf(read(page))
      .filter(isCommand)
      .map((block) => ({ ...block, page })),
  )
  const idle = shown.filter(({ words }) => !words.includes('run'))
  const elsewhere = idle.filter(({ page }) =>
    Object.keys(typedElsewhere).some((folder) => page.startsWith(folder)),
  )
  for (const [folder, test] of Object.entries(typedElsewhere))
    t.match(read(test), folder.replace('docs/', ''))
  const left = new Set(idle.filter((block) => !elsewhere.includes(block)).map(({ page }) => page))
  t.same([...left].toSorted(), Object.keys(notTyped).toSorted())
  t.comment(
    `report: commands of the documents  ${executed + elsewhere.length} executed (${elsewhere.length} by other tests) / ${shown.length} shown`,
  )
})
