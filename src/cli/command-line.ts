/** The `dmp` command line: which command is meant, help, version, and how errors become exit codes. */
import packageJson from '../../package.json' with { type: 'json' }
import { CommandError, type CommandIo, exitCodes } from './command.ts'
import { commands } from './commands.ts'
import { allHelp, wordHelp } from './help/all-help.ts'
import { nearest } from './nearest.ts'
import { commandTables } from './tables/all-tables.ts'
import { languageOf } from './terminal/language.ts'
import { type Paint, plain } from './terminal/paint.ts'
import { usageWords } from './usage-words.ts'

type LineIo = CommandIo & {
  /** Colours of `err`; none where nobody has said. */
  readonly paintErr?: Paint
}

/** Runs one command line (without node and script) and gives the exit code. */
export async function commandLine(args: readonly string[], io: LineIo): Promise<number> {
  const [word, ...rest] = withoutColourOption(args)
  if (word === undefined) {
    io.err(allHelp(commandTables, io.paintErr ?? plain))
    return exitCodes.usage
  }
  if (word === '--version') {
    io.out(packageJson.version)
    return exitCodes.ok
  }
  if (word === 'help' && rest.length > 0) return run([...rest.slice(0, 2), '--help'], io)
  if (isHelp(word) || word === 'help') {
    io.out(allHelp(commandTables, io.paint ?? plain))
    return exitCodes.ok
  }
  return run([word, ...rest], io)
}

/** It may stand anywhere, and has been heard (main.ts). */
function withoutColourOption(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--')
  return args.filter((arg, i) => arg !== '--no-color' || (end >= 0 && i > end))
}

const isHelp = (word: string): boolean => word === '--help' || word === '-h'

async function run(args: readonly string[], io: LineIo): Promise<number> {
  const [word = '', second = ''] = args
  const two = commandTables.find(({ name }) => name === `${word} ${second}`)
  const table = two ?? commandTables.find(({ name }) => name === word)
  if (!table) return notOne(word, second, io)
  try {
    const command = await commands[table.name]()
    return await command(args.slice(two ? 2 : 1), io)
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause
    io.err(`${(io.paintErr ?? plain)('red', `dmp ${table.name}:`)} ${cause.message}`)
    return cause.exitCode
  }
}

/** Half a command (`dmp audit`) is told what it may go on with; no command at all, which was meant. */
async function notOne(word: string, second: string, io: LineIo): Promise<number> {
  const begun = commandTables.filter(({ name }) => name.startsWith(`${word} `))
  const [only, ...others] = begun
  if (only && isHelp(second)) {
    if (others.length === 0) return run([...only.name.split(' '), second], io)
    io.out(wordHelp(word, begun, io.paint ?? plain))
    return exitCodes.ok
  }
  if (only && second === '') {
    io.err(wordHelp(word, begun, io.paintErr ?? plain))
    return exitCodes.usage
  }
  const words = usageWords[languageOf(io.env)]
  const written = only ? `${word} ${second}` : word
  // Anything else may be what stands behind a command that was forgotten: a matricule, a token.
  const isWord = /^[a-z][a-z -]{0,30}$/.test(written)
  const meant = isWord ? nearest(written, only ? begun.map(({ name }) => name) : namesAndWords()) : undefined
  const said = isWord ? words.noCommand(written) : words.someCommand
  const hint = meant === undefined ? '' : words.meant(`dmp ${meant}`)
  io.err(`${(io.paintErr ?? plain)('red', 'dmp:')} ${said}${hint} (dmp --help)`)
  return exitCodes.usage
}

function namesAndWords(): readonly string[] {
  const names = commandTables.map(({ name }) => name)
  return [...new Set([...names, ...names.map((name) => name.split(' ')[0] ?? name), 'help'])]
}
