/**
 * `dmp demo`: the main job of the server, played against a running one or one of its own, and told. It ends with 1 at the
 * first step that answers otherwise than told.
 * @see README.md
 */
import { assetPath } from '../asset-path.ts'
import { loadProfiles } from '../definitions/load-profiles.ts'
import { buildTerminology } from '../dmp/codes/terminology.ts'
import { type Command, type CommandIo, command, exitCodes } from './command.ts'
import { castOf } from './demo/cast.ts'
import { DemoClient } from './demo/client.ts'
import { type DemoServer, findServer, startServer } from './demo/demo-server.ts'
import { StoryMismatch } from './demo/expectation.ts'
import { letterOfFile, ownLetter } from './demo/letter.ts'
import { createNarrator } from './demo/narrator.ts'
import { Stage } from './demo/stage.ts'
import { notTold, tellStory } from './demo/story.ts'
import { demoTable } from './tables/demo.ts'
import { defaultServer } from './tables/settings.ts'

export const demo: Command = command(demoTable, async ({ options }, io) => {
  const letter = options.cda === undefined ? ownLetter(Date.now()) : letterOfFile(options.cda)
  const narrator = createNarrator(io.out, io.paint)
  const server = await chooseServer(io, options['own-server'])
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
})

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
