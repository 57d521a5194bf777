/**
 * `dmp completion`: what bash offers, asked of a real bash; the scripts of zsh and fish are read by these where they are
 * installed. What is completed is what the tables have, and starts no process.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { commandLine } from '../../src/cli/command-line.ts'
import type { CommandTable } from '../../src/cli/command-table.ts'
import { commandTables } from '../../src/cli/tables/all-tables.ts'
import { shells } from '../../src/cli/tables/completion.ts'

async function script(shell: string): Promise<string> {
  const out: string[] = []
  const io = { out: (text: string) => void out.push(text), err: t.fail, env: {} }
  t.equal(await commandLine(['completion', shell], io), 0)
  return out.join('\n')
}

const folder = mkdtempSync(join(tmpdir(), 'dmp-completion-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const whichBash = spawnSync('bash', ['-c', 'command -v bash'], { encoding: 'utf8' }).stdout?.trim() ?? ''

/** What bash offers for each line, the last word of which is being written; asked in one process. */
function offered(completion: string, lines: readonly string[]): readonly (readonly string[])[] {
  const asked = lines.map((line) => {
    const words = line.split(' ')
    const list = words.map((word) => `'${word}'`).join(' ')
    return `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); _dmp; echo "\${COMPREPLY[*]}"`
  })
  const bash = spawnSync(whichBash, ['--norc', '-c', `${completion}\n${asked.join('\n')}`], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: '/nonexistent' },
  })
  t.equal(bash.stderr, '', 'bash says nothing of it: no program is called')
  return bash.stdout.split('\n').map((line) => line.split(' ').filter((word) => word !== ''))
}

const hasBash = spawnSync('bash', ['-c', 'compgen -W x x']).status === 0

t.test('bash', { skip: hasBash ? false : 'there is no bash with completion' }, async (t) => {
  const completion = await script('bash')
  writeFileSync(join(folder, 'letter.xml'), '')
  mkdirSync(join(folder, 'letters'))
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['dmp pu', ['push', 'purge']],
    ['dmp audit ', ['verify', 'purge', '--help']],
    ['dmp audit v', ['verify']],
    ['dmp audit verify --pu', ['--public-keys']],
    ['dmp push --dr', ['--dry-run']],
    ['dmp push --jo', ['--journal']],
    ['dmp push --batch ', []],
    ['dmp push let', ['letter.xml', 'letters']],
    ['dmp push --ack let', ['letters']],
    ['dmp explain --langue ', ['fr', 'en']],
    ['dmp explain --token x P', ['POST', 'PUT', 'PATCH']],
    ['dmp help key r', ['rotate']],
    ['dmp --no-color doc', ['doctor']],
    ['dmp doctor --langue f', ['fr']],
    ['dmp completion ', [...shells]],
    ['dmp key rotate --b', ['--batch']],
    ['dmp purge --ap', ['--apply']],
    ['dmp nothing --', []],
    ['dmp seed --pa', ['--patients']],
  ]
  const answers = offered(
    completion,
    cases.map(([line]) => line),
  )
  for (const [i, [line, words]] of cases.entries())
    t.same([...(answers[i] ?? [])].sort(), [...words].sort(), line)

  const all = offered(
    completion,
    (commandTables as readonly CommandTable[]).map(({ name }) => `dmp ${name} --`),
  )
  for (const [i, { name, options }] of (commandTables as readonly CommandTable[]).entries()) {
    const shown = Object.entries(options).flatMap(([option, { hidden }]) => (hidden ? [] : [`--${option}`]))
    t.same(new Set(all[i]), new Set([...shown, '--help', '--no-color']), `dmp ${name}`)
  }
})

for (const shell of ['zsh', 'fish'] as const) {
  const isThere = spawnSync(shell, ['-c', 'true']).status === 0
  t.test(shell, async (t) => {
    const completion = await script(shell)
    for (const { name, options } of commandTables as readonly CommandTable[]) {
      for (const word of name.split(' ')) t.ok(completion.includes(word), word)
      for (const [option, { hidden }] of Object.entries(options))
        if (!hidden)
          t.ok(completion.includes(shell === 'zsh' ? `--${option}[` : `-l ${option} `), `${name} --${option}`)
    }
    const quotes = completion.replaceAll("'\\''", '').replaceAll("\\'", '').match(/'/g)?.length ?? 0
    t.equal(quotes % 2, 0, 'what is quoted ends')
    if (!isThere) return t.comment(`not read by ${shell}: it is not installed`)
    const read = spawnSync(shell, ['-n'], { input: completion, encoding: 'utf8' })
    t.same([read.status, read.stderr], [0, ''], `${shell} can read it`)
  })
}

t.test('a shell that is not known', async (t) => {
  const err: string[] = []
  const io = { out: t.fail, err: (text: string) => void err.push(text), env: {} }
  for (const args of [[], ['tcsh'], ['bash', 'zsh']])
    t.equal(await commandLine(['completion', ...args], io), 64)
  t.match(err.join(), /say which shell: bash, zsh, fish/)
})
