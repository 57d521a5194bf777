/**
 * `dmp demo`: the main job of the server, played against a running one or one of its own, and told. It ends with 1 at the
 * first step that answers otherwise than told.
 * @see README.md
 */
import { parseArgs } from 'node:util'
import { assetPath } from '../asset-path.ts'
import { loadProfiles } from '../definitions/load-profiles.ts'
import { buildTerminology } from '../dmp/terminology.ts'
import { type Command, CommandError, type CommandIo, exitCodes } from './command.ts'
import { castOf } from './demo/cast.ts'
import { DemoClient } from './demo/client.ts'
import { type DemoServer, findServer, startServer } from './demo/demo-server.ts'
import { StoryMismatch } from './demo/expectation.ts'
import { letterOfFile, ownLetter } from './demo/letter.ts'
import { createNarrator } from './demo/narrator.ts'
import { Stage } from './demo/stage.ts'
import { notTold, tellStory } from './demo/story.ts'
import { defaultServer } from './token.ts'

export const demoUsage = `usage: dmp demo [--cda <file>] [--own-server]

  --cda <file>   a CDA discharge letter (LOINC 11490-0) of a fictitious patient, instead of ours
  --own-server   starts a server for the demonstration even where one is running

The server is DMP_URL, or the one at ${defaultServer}, or one that is started, with
temporary data, and stopped.`

export const demo: Command = async (args, io) => {
  const options = readOptions(args)
  if (options.help) {
    io.out(demoUsage)
    return exitCodes.ok
  }
  const letter = options.cda === undefined ? ownLetter(Date.now()) : letterOfFile(options.cda)
  const narrator = createNarrator(io.out, process.stdout.isTTY === true && !io.env.NO_COLOR)
  const server = await chooseServer(io, options['own-server'] === true)
  try {
    const begin = performance.now()
    const stage = new Stage(new DemoClient(server.base), narrator, {
      cast: castOf(letter),
      letter,
      terminology: buildTerminology(loadProfiles(assetPath('profiles'))),
    })
    await tellStory(stage)
    const seconds = ((performance.now() - begin) / 1000).toFixed(1)
    io.out(`\n${stage.steps} steps in ${seconds} s, every answer as told.`)
    io.out(notTold)
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof StoryMismatch)) throw error
    io.err(
      `\nThe story does not hold at ${error.message.split(': expected')[0]}.\n  expected  ${error.expected}\n  got       ${error.got}`,
    )
    return exitCodes.refused
  } finally {
    await server.stop()
  }
}

async function chooseServer(io: CommandIo, own: boolean): Promise<DemoServer> {
  const found = own ? undefined : await findServer(io.env.DMP_URL, defaultServer)
  if (found) {
    io.out(`Playing against the server at ${found.base}.`)
    return found
  }
  io.out('Starting a server of its own, with a new PostgreSQL and temporary data …')
  const started = await startServer(io.env)
  io.out(`It answers at ${started.base}.`)
  return started
}

function readOptions(args: readonly string[]) {
  try {
    const options = {
      cda: { type: 'string' },
      'own-server': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(exitCodes.usage, `${cause.message.split('\n')[0]} (dmp demo --help)`, { cause })
  }
}
