/**
 * The programs of examples/ do what they say, against a server with its sandbox: each is run as its reader would, and what
 * it prints is compared. TypeScript always; Python and Java where they are (Java with DMP_TEST_JAVA=1: it takes its time).
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { testApp } from '../support/app.ts'

const run = promisify(execFile)
const examples = join(packageRoot(), 'examples')
const RUN_MS = 120_000

type Expected = { readonly line: RegExp; readonly least: number; readonly most: number }

const one = (line: RegExp): Expected => ({ line, least: 1, most: 1 })
const perhaps = (line: RegExp): Expected => ({ line, least: 0, most: 1 })
const many = (least: number, line: RegExp): Expected => ({ line, least, most: 200 })

const changed = (version: number) => one(new RegExp(`^changed: Radiographie du thorax, version ${version}$`))
const trace = /^2\d{3}-\d\d-\d\dT[\d:]{8} [A-Z]+ [A-Z]+( 10)? [a-z-]+ (done|refused)$/

/** What each program prints, the same in every language. Who comes second finds what the first has left. */
const said: readonly (readonly [program: string, lines: readonly Expected[]])[] = [
  [
    'deposit',
    [
      one(/^The record is open\.$/),
      one(/^CDA letter: (stored|was there already)$/),
      one(/^PDF report: (stored|was there already)$/),
      one(/^Found again: 1$/),
      one(/^lot: List 20[01]/),
      one(/^lot: DocumentReference 200/),
      one(/^lot: Binary 200/),
      one(
        /^A wrong hash: 422 empreinte-fausse: The announced .* \(DocumentReference\.content\[0\]\.attachment\.hash\)$/,
      ),
    ],
  ],
  [
    'consult',
    [
      one(/^Record open; my authorisation: (absente|valide)$/),
      perhaps(/^Refused: 403 autorisation-absente: This record does not authorise you: /),
      perhaps(/^Authorised, version 1$/),
      one(/^Born on 1954-07-12$/),
      one(/^Authorised now: [12]$/),
      one(/^2026-11-20 11490-0 Lettre de liaison/),
      one(/^2026-11-18 18748-4 Radiographie du thorax$/),
      one(/^964 bytes of application\/pdf; as they were deposited$/),
    ],
  ],
  [
    'change',
    [
      one(/^Authorised, version 1$/),
      one(/^masked: current, N MASQUE_PS$/),
      one(/^shown: current, N$/),
      one(/^announcement pending: current, N INVISIBLE_PATIENT$/),
      one(/^shown to the patient: current, N$/),
      one(/^archived: current, N$/),
      one(/^back from the archive: current, N$/),
      one(/^deleted: entered-in-error, N$/),
      one(/^Refused: 405 modification-non-permise: .* \(DocumentReference\.description\)$/),
    ],
  ],
  ['traces', [many(20, trace), one(/^May see: 2; came: 5$/)]],
  [
    'follow',
    [
      one(/^Records that authorise me: 1$/),
      ...[8, 7, 6, 5, 4, 3, 2, 1].map(changed),
      many(2, /^changed: (Lettre de liaison|Radiographie du thorax).*, version [1-8]$/),
      one(/^and since then:$/),
      one(/^nothing more$/),
    ],
  ],
]

t.test('the examples print what they promise', { timeout: 220_000 }, async (t) => {
  await using app = await testApp({ DMP_ISSUERS: '' })
  await t.test('TypeScript', async (t) => {
    const folder = await compiled()
    const printed = await play(t, app.base, (program) => [process.execPath, join(folder, `${program}.js`)])
    t.match(printed.consult, /^Refused: 403 autorisation-absente/m, 'the first to come is refused')
    t.match(printed.deposit, /^CDA letter: stored\n/m)
  })
  await t.test('Python', { skip: await lacking('python3', ['-c', 'import requests']) }, async (t) => {
    const folder = join(examples, 'python')
    const printed = await play(t, app.base, (program) => ['python3', '-B', join(folder, `${program}.py`)])
    t.match(printed.deposit, /^CDA letter: was there already\n/m, 'sent again, nothing is stored twice')
  })
  const java = process.env.DMP_TEST_JAVA ? await lacking('mvn', ['-v']) : 'DMP_TEST_JAVA=1 runs them'
  await t.test('Java', { skip: java }, async (t) => {
    // As `mvn exec:java` does, but Maven is begun once.
    const folder = join(examples, 'java')
    const target = join(folder, 'target')
    const classpath = join(target, 'classpath')
    const goals = ['compile', 'dependency:build-classpath', `-Dmdep.outputFile=${classpath}`]
    await run('mvn', ['-q', '-B', '-f', join(folder, 'pom.xml'), ...goals], { timeout: RUN_MS })
    const path = [join(target, 'classes'), readFileSync(classpath, 'utf8')].join(delimiter)
    await play(t, app.base, (program) => {
      const name = `${program.charAt(0).toUpperCase()}${program.slice(1)}`
      return ['java', `-Dexamples=${examples}`, '-cp', path, `fr.example.dmp.${name}`]
    })
  })
})

type Printed = Readonly<Record<string, string>>

/** Runs each program as its reader does. @returns what they printed */
async function play(
  t: Test,
  base: string,
  command: (program: string) => [string, ...string[]],
): Promise<Printed> {
  const printed: Record<string, string> = {}
  for (const [program, expected] of said) {
    const [file, ...args] = command(program)
    const { stdout, stderr } = await ended(file, args, base)
    t.equal(stderr, '', `${program}: no complaint`)
    t.strictSame(unsaid(stdout.trimEnd().split('\n'), expected), [], `${program}:\n${stdout}`)
    printed[program] = stdout
  }
  return printed
}

/** Lines that no pattern tells of, and patterns that no line follows, in order. */
function unsaid(lines: readonly string[], expected: readonly Expected[]): string[] {
  const rest = [...lines]
  const missing: string[] = []
  for (const { line, least, most } of expected) {
    let seen = 0
    while (seen < most && rest[0] !== undefined && line.test(rest[0])) {
      rest.shift()
      seen++
    }
    if (seen < least) missing.push(`${seen} of ${least}: ${line}`)
  }
  return [...missing, ...rest.map((line) => `not expected: ${line}`)]
}

/** A program that fails has printed why. */
async function ended(
  file: string,
  args: readonly string[],
  base: string,
): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, DMP_URL: base, PYTHONUTF8: '1' }
  const { stdout = '', stderr = '' }: { stdout?: string; stderr?: string } = await run(file, args, {
    timeout: RUN_MS,
    env,
  }).catch((error: unknown) => ({ ...Object(error), stderr: `${Object(error).stderr}\n${error}` }))
  return { stdout, stderr: stderr.trim() }
}

/** Why a program cannot be run here; false: it can. */
async function lacking(file: string, args: readonly string[]): Promise<string | false> {
  return run(file, args).then(
    () => false as const,
    () => `not here: ${[file, ...args].join(' ')}`,
  )
}

/** Node 20 reads no TypeScript: compiled here, and told where the sources lie, beside which the data are. */
async function compiled(): Promise<string> {
  const folder = join(examples, 'typescript')
  const out = join(packageRoot(), '.build', 'examples')
  mkdirSync(out, { recursive: true })
  await build({
    entryPoints: readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
    outdir: out,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(folder, 'x.ts')).href) },
  })
  return out
}
