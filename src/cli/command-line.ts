/** The `dmp` command: its table of subcommands, help, version, and how errors become exit codes. */
import packageJson from '../../package.json' with { type: 'json' }
import { type Command, CommandError, type CommandIo, exitCodes } from './command.ts'

type Entry = { readonly summary: string; readonly load: () => Promise<Command> }

const subcommands: Readonly<Record<string, Entry>> = {
  audit: {
    summary: 'verifies that traces are as they were written; lets the old ones go',
    load: async () => (await import('./audit.ts')).audit,
  },
  demo: {
    summary: 'plays the main job and tells it',
    load: async () => (await import('./demo.ts')).demo,
  },
  habilitation: {
    summary: 'imports the habilitation matrix that an operator publishes',
    load: async () => (await import('./habilitation.ts')).habilitation,
  },
  indicators: {
    summary: 'counts usage anew',
    load: async () => (await import('./indicators.ts')).indicators,
  },
  key: {
    summary: 'lets a new master key take over',
    load: async () => (await import('./key.ts')).key,
  },
  migrate: {
    summary: 'brings the database up to date, as its owner',
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
  notices: {
    summary: 'what patients are still to be told, and begins anew',
    load: async () => (await import('./notices.ts')).notices,
  },
  push: {
    summary: 'deposits a folder of documents, once each',
    load: async () => (await import('./push.ts')).push,
  },
  purge: {
    summary: 'destroys records closed ten years ago',
    load: async () => (await import('./purge.ts')).purge,
  },
  reindex: {
    summary: 'makes the search index of the fhir profile anew',
    load: async () => (await import('./reindex.ts')).reindex,
  },
  seed: {
    summary: 'made-up patients and documents, for trying',
    load: async () => (await import('./seed.ts')).seed,
  },
  explain: {
    summary: 'how policy would decide a request, rule by rule',
    load: async () => (await import('./explain.ts')).explain,
  },
  token: { summary: 'a sandbox access token', load: async () => (await import('./token.ts')).token },
}

const usage = `usage: dmp <command> [options]

${Object.entries(subcommands)
  .map(([name, { summary }]) => `  ${name.padEnd(13)} ${summary}`)
  .join('\n')}

dmp <command> --help says more. DMP_URL names the server.`

/** Runs one command line (without node and script) and gives the exit code. */
export async function commandLine(args: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') {
    io.out(usage)
    return exitCodes.ok
  }
  if (name === '--version') {
    io.out(packageJson.version)
    return exitCodes.ok
  }
  const entry = name !== undefined && Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
  if (entry === undefined) {
    io.err(name === undefined ? usage : `dmp: no such command: ${name} (dmp --help)`)
    return exitCodes.usage
  }
  try {
    const command = await entry.load()
    return await command(rest, io)
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause
    io.err(`dmp ${name}: ${cause.message}`)
    return cause.exitCode
  }
}
