/**
 * The command line as one learns it: what help says is what is read, every example that it shows runs, what is misspelt is
 * recognised, exit codes are those that are documented, and nothing but data is on standard output. Needs dist/, which
 * `npm test` builds.
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { assetPath, packageRoot } from '../../src/asset-path.ts'
import type { CommandTable, Example } from '../../src/cli/command-table.ts'
import { ownLetter } from '../../src/cli/demo/letter.ts'
import { exitCodes, exitWords } from '../../src/cli/exit-codes.ts'
import { firstExamples } from '../../src/cli/help/all-help.ts'
import { distance, nearest } from '../../src/cli/nearest.ts'
import { barOf } from '../../src/cli/progress.ts'
import { readArguments } from '../../src/cli/read-arguments.ts'
import { commandTables } from '../../src/cli/tables/all-tables.ts'
import { languageOf } from '../../src/cli/terminal/language.ts'
import { paintFor } from '../../src/cli/terminal/paint.ts'
import { personaOptions } from '../../src/sandbox/personas.ts'
import { testDatabase } from '../support/database.ts'
import { dmpHere } from '../support/dmp-here.ts'
import fc from '../support/draws.ts'
import { hasPseudoTerminal, runAtTerminal } from '../support/pseudo-terminal.ts'
import { serverProcess } from '../support/server-process.ts'

type Ended = { readonly code: number; readonly out: string; readonly err: string }
type Environment = Readonly<Record<string, string>>

async function dmp(args: readonly string[], environment: Environment = {}): Promise<Ended> {
  const { code, out, err } = await dmpHere(args, environment)
  return { code, out: out.trimEnd(), err: err.trimEnd() }
}

const ESCAPE = '\u001b['

t.test('help says what there is, and all of it', async (t) => {
  const all = await dmp(['--help'])
  t.same([all.code, all.err], [0, ''])
  for (const { name, summary } of commandTables) {
    t.ok(all.out.includes(`  ${name} `) && all.out.includes(summary), name)
    const help = await dmp([...name.split(' '), '--help'])
    t.same([help.code, help.err], [0, ''], name)
    t.same((await dmp(['help', ...name.split(' ')])).out, help.out)
    checkHelp(
      t,
      commandTables.find((table) => table.name === name),
      help.out,
    )
  }
  t.same((await dmp(['help'])).out, all.out)
  const nothing = await dmp([])
  t.same([nothing.code, nothing.out], [64, ''], 'asked for nothing, it is told on standard error')
  t.match((await dmp(['--version'])).out, /^\d+\.\d+\.\d+$/)
  const prose = all.out.split('\n').filter((line) => !/^ {2}(?:dmp|export) /.test(line))
  t.ok(
    Math.max(...prose.map(({ length }) => length)) <= 104,
    'as wide as a terminal, but for what is to be pasted',
  )
})

function checkHelp(t: Test, table: CommandTable | undefined, help: string): void {
  if (!table) throw new Error('a command without a table')
  t.ok(help.startsWith(`usage: dmp ${table.name}`))
  for (const [option, { hidden }] of Object.entries(table.options))
    t.equal(help.includes(`--${option}`), hidden === undefined, `--${option}`)
  for (const part of [...table.examples.map(({ line }) => line), ...Object.keys(table.variables)])
    t.ok(help.includes(part), part)
  for (const code of Object.keys(table.ends)) t.match(help, new RegExp(`^ {2}${code} +\\S`, 'm'))
  t.match(help, /^ {2}64 +wrong usage/m)
  t.notMatch(help, ESCAPE)
  const [file = ''] = /[\w./-]+\.md/.exec(table.more) ?? []
  t.doesNotThrow(() => readFileSync(join(packageRoot(), file)), `${table.name}: ${file} is there`)
  const [, heading] = /"([^"]+)"/.exec(table.more) ?? []
  if (heading !== undefined)
    t.ok(readFileSync(join(packageRoot(), file), 'utf8').includes(heading), `${file} has "${heading}"`)
}

t.test('each option that help tells is read, by its kind', async (t) => {
  let read = 0
  for (const table of commandTables as readonly CommandTable[]) {
    for (const [name, option] of Object.entries(table.options)) {
      const { kind } = option
      const right = {
        flag: [],
        text: ['x'],
        texts: ['x'],
        whole: ['least' in option ? `${option.least}` : ''],
      }
      const given = kind === 'choice' ? [option.of[0] ?? ''] : right[kind]
      const result = readArguments(table, [`--${name}`, ...given], 'en')
      t.ok('input' in result, `dmp ${table.name} --${name}`)
      const lacking = readArguments(table, kind === 'flag' ? [`--${name}=x`] : [`--${name}`], 'en')
      t.match(lacking, { fault: kind === 'flag' ? /takes no value/ : /lacks its value/ })
      if (kind === 'whole') {
        for (const wrong of [option.least - 1, option.most + 1, 'x', '', '1.5', '1e2'])
          t.match(readArguments(table, [`--${name}=${wrong}`], 'en'), { fault: /is not a whole number/ })
      }
      if (kind === 'choice')
        t.match(readArguments(table, [`--${name}`, '?'], 'fr'), { fault: /n'est pas l'un/ })
      read++
    }
    const words = readArguments(table, ['some', 'words'], 'en')
    t.equal('input' in words, table.words !== undefined, `${table.name}: words`)
  }
  t.ok(read > 50)
  const token = commandTables.find(({ name }) => name === 'token')
  for (const [name, { type }] of Object.entries(personaOptions))
    t.equal(token?.options[name]?.kind === 'flag', type === 'boolean', `a persona's --${name}`)
})

t.test('what is misspelt is recognised, and no value is ever repeated', async (t) => {
  for (const [args, says] of [
    [['pusch'], /^dmp: no such command: pusch; did you mean dmp push\? \(dmp --help\)$/],
    [['audit', 'verfy'], /did you mean dmp audit verify\?/],
    [['key', 'turn'], /^dmp: no such command: key turn \(dmp --help\)$/],
    [['frobnicate'], /^dmp: no such command: frobnicate \(dmp --help\)$/],
    [['279035121518989'], /^dmp: no such command \(dmp --help\)$/],
    [['push', '--dryrun', 'x'], /^dmp push: the option --dryrun is not known; did you mean --dry-run\?/],
    [['push', '--toekn', 'eyJsecret', 'x'], /did you mean --token\?/],
    [['push', '--eyJsecret=x'], /^dmp push: an option is not known, or lacks its value/],
    [['migrate', 'eyJsecret'], /it takes options alone/],
    [['notices', '-x'], /an option is not known/],
    [['seed', '--batch', '1'], /--batch is not known/],
    [['doctor', '--part', 'x'], /--part is not known \(dmp doctor --help\)$/],
  ] as const) {
    const ended = await dmp(args)
    t.same([ended.code, ended.out], [64, ''], args.join(' '))
    t.match(ended.err, says)
    t.notMatch(ended.err, /secret|2790351/)
  }
  const french = await dmp(['psuh'], { LANG: 'fr_FR.UTF-8' })
  t.equal(french.err, 'dmp: commande inconnue : psuh ; vouliez-vous dire dmp push ? (dmp --help)')
  for (const [environment, language] of [
    [{ LANG: 'fr_FR.UTF-8' }, 'fr'],
    [{ LANG: 'fr_FR.UTF-8', LC_ALL: 'C' }, 'en'],
    [{ LC_MESSAGES: 'fr_BE', LANG: 'nl_BE' }, 'fr'],
    [{ LANG: 'frisian' }, 'en'],
    [{}, 'en'],
  ] as const)
    t.equal(languageOf(environment), language)
})

t.test('nearest: a distance, and what is nearest by it', async (t) => {
  const word = fc.stringMatching(/^[a-z-]{0,12}$/)
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      const away = distance(a, b)
      return (
        distance(a, a) === 0 &&
        away === distance(b, a) &&
        (away === 0) === (a === b) &&
        away <= Math.max(a.length, b.length) &&
        away >= Math.abs(a.length - b.length) &&
        nearest(a, [b, c, a]) === a
      )
    }),
  )
  t.same([distance('push', 'psuh'), distance('verfy', 'verify'), distance('', 'abc')], [1, 1, 3])
  t.equal(nearest('xyzzy', ['push', 'purge']), undefined, 'nothing is near')
  t.equal(nearest('habil', ['habilitation', 'purge']), 'habilitation', 'a beginning')
})

t.test('colours and bars, where they are wanted', async (t) => {
  const painted = (environment: Environment, isTerminal: boolean, noColor = false): boolean =>
    paintFor(environment, isTerminal, noColor)('red', 'x').includes(ESCAPE)
  t.same(
    [
      painted({}, true),
      painted({}, false),
      painted({ NO_COLOR: '1' }, true),
      painted({ NO_COLOR: '' }, true),
      painted({ FORCE_COLOR: '1' }, false),
      painted({ FORCE_COLOR: '0' }, true),
      painted({ FORCE_COLOR: '1', NO_COLOR: '1' }, true),
      painted({ FORCE_COLOR: '1' }, true, true),
      painted({ TERM: 'dumb' }, true),
    ],
    [true, false, false, true, true, false, false, false, false],
  )
  t.same(
    [0, 1, 2, 3].map((done) => barOf({ done, of: 2 })),
    [
      `[${'.'.repeat(24)}]`,
      `[${'#'.repeat(12)}${'.'.repeat(12)}]`,
      `[${'#'.repeat(24)}]`,
      `[${'#'.repeat(24)}]`,
    ],
  )
  t.equal(barOf({ done: 1, of: 0 }), `[${'.'.repeat(24)}]`)
})

t.test('exit codes are those that docs/cli.md tells', async (t) => {
  const text = readFileSync(join(packageRoot(), 'docs', 'cli.md'), 'utf8')
  const forms = text.slice(text.indexOf('## JSON'), text.indexOf('## Exit codes'))
  const told = [...text.matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code))
  t.same(told, Object.values(exitCodes))
  t.same(Object.keys(exitWords).map(Number), told)
  for (const { name, ends, options } of commandTables as readonly CommandTable[]) {
    for (const code of Object.keys(ends)) t.ok(told.includes(Number(code)), `${name}: ${code}`)
    t.ok(text.includes(`\`dmp ${name}\``), `docs/cli.md tells dmp ${name}`)
    const hasJson = 'json' in options
    t.equal(
      new RegExp(`^\\| \`dmp ${name}\` \\|`, 'm').test(forms),
      hasJson,
      `docs/cli.md: form of dmp ${name} --json`,
    )
  }
  const nowhere = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x', DMP_DATA_DIR: tmpdir() }
  const master = { DMP_MASTER_KEY: 'a master key of this test, long enough' }
  for (const name of [
    'migrate',
    'notices',
    'indicators rebuild',
    'key rotate',
    'purge',
    'audit purge',
    'reindex',
  ]) {
    const ended = await dmp(name.split(' '), { ...nowhere, ...master })
    t.same([ended.code, ended.out], [69, ''], name)
    t.match(ended.err, /^dmp [a-z ]+: the database cannot be reached \(ECONNREFUSED\)$/)
    t.equal((await dmp(name.split(' '), { ...nowhere, PORT: 'none' })).code, 78, `${name}: a wrong setting`)
  }
  t.equal((await dmp(['audit', 'verify'], { ...nowhere, ...master })).code, 2)
})

const shown: readonly Example[] = commandTables.flatMap(({ examples }) => [...examples])

t.test('every example that can run against a sandbox runs', async (t) => {
  await using database = await testDatabase()
  const home = mkdtempSync(join(tmpdir(), 'dmp-examples-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const { host, port, user, password, database: name } = database.owner
  const url = `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${name}`
  const master = { DMP_MASTER_KEY: 'a master key of this test, long enough' }
  await using server = await serverProcess(database, master)
  await server.start()
  for (const folder of [
    ...['bin', 'letters', '.zsh/completions', '.config/fish/completions'],
    '.local/share/bash-completion/completions',
  ])
    mkdirSync(join(home, folder), { recursive: true })
  writeFileSync(
    join(home, 'bin', 'dmp'),
    `#!/bin/sh\nexec '${process.execPath}' '${assetPath('cli.js')}' "$@"\n`,
  )
  chmodSync(join(home, 'bin', 'dmp'), 0o755)
  writeFileSync(join(home, 'letters', 'letter.xml'), ownLetter(Date.now()).bytes)
  const environment = {
    PATH: `${join(home, 'bin')}:${process.env.PATH}`,
    HOME: home,
    DMP_URL: server.base,
    PORT: new URL(server.base).port,
    DATABASE_URL: url,
    ...master,
  }
  // Those of `dmp --help` go one after the other: what one exports, the next has.
  const first = await inShell(
    firstExamples.map(({ line }, i) => `${line} || echo "! $?: ${i}" >&2`).join('\n'),
    environment,
    home,
  )
  t.match(first.out, /26 steps in/, 'the demonstration')
  t.match(first.out, /: permis/, 'the explanation')
  const failed = first.err.split('\n').filter((line) => line.startsWith('! '))
  // No record is open for the letter, and the PostgreSQL of tests is not durable.
  t.same(failed, ['! 1: 4', '! 1: 5'], first.err)
  let run: number = firstExamples.length
  const cwd = process.cwd()
  process.chdir(home)
  t.teardown(() => process.chdir(cwd))
  const ran: readonly string[] = firstExamples.map(({ line }) => line)
  for (const { line, notRun, ends = [0] } of shown) {
    if (notRun !== undefined) continue
    run++
    if (ran.includes(line)) continue
    const words = plainWords(line)
    const ended = words ? await dmp(words, environment) : await inShell(line, environment, home)
    t.ok(
      ends.some((code) => code === ended.code),
      `${line}: ${ended.code} ${ended.err}`,
    )
  }
  process.chdir(cwd)
  const all = firstExamples.length + shown.length
  t.comment(`${run} of ${all} examples run; of the others each says why not`)
  t.ok(run >= 18 && all - run === shown.filter((example) => example.notRun !== undefined).length)

  if (!hasPseudoTerminal()) return t.comment('no pseudo-terminal: there is no python3 with pty')
  const cli = [process.execPath, assetPath('cli.js')]
  const at = { ...environment, TERM: 'xterm' }
  const coloured = await runAtTerminal([...cli, '--help'], at)
  t.same([coloured.code, coloured.shown.includes(`${ESCAPE}1musage:`)], [0, true], 'colours on a terminal')
  t.notOk((await runAtTerminal([...cli, '--help'], { ...at, NO_COLOR: '1' })).shown.includes(ESCAPE))
  t.notOk((await runAtTerminal([...cli, '--no-color', 'audit', '--help'], at)).shown.includes(ESCAPE))
  const seeded = await runAtTerminal(
    [...cli, 'seed', '--seed', '7', '--patients', '8', '--documents', '40', '--processes', '1'],
    at,
  )
  t.equal(seeded.code, 0, seeded.shown)
  t.match(seeded.shown, /\[[#.]{24}\] \d+ of \d+ records/, 'a bar on a terminal')
  for (const [name, form] of [
    ['migrate', { applied: [], partitions: [] }],
    ['notices', { backlog: [] }],
  ] as const) {
    const answer = await dmp([name, '--json'], environment)
    t.match([answer.code, answer.err], [0, ''], name)
    t.match(JSON.parse(answer.out), form, `${name}: data alone on standard output`)
  }
})

/** Of a line that wants nothing of a shell but its quotes: it needs no process of its own. */
function plainWords(line: string): readonly string[] | undefined {
  const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"|"$/g, ''))
  const isPlain = /^dmp /.test(line) && !/[$`;&|<>~=]/.test(line.replace(/"[^"$`]*"/g, ''))
  return isPlain ? words.slice(1) : undefined
}

function inShell(
  line: string,
  environment: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Ended & { code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', line], { env: environment, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err += text
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, ...said }))
  })
}
