/** The routes that a running server has registered, read from Fastify itself: `GET /fhir/:type`. HEAD is left out. */

import { readConfig } from '../../src/config/config.ts'
import { createApp } from '../../src/wiring/app.ts'
import { testDatabase } from './database.ts'

export async function servedRoutes(environment: Readonly<Record<string, string>>): Promise<string[]> {
  await using database = await testDatabase()
  const config = readConfig({ DMP_MASTER_KEY: 'x'.repeat(32), LOG_LEVEL: 'silent', ...environment })
  const app = await createApp(config, database.server)
  try {
    await app.server.ready()
    return routesOf(app.server.printRoutes({ commonPrefix: false }))
  } finally {
    await app.close()
  }
}

/** From the tree that Fastify prints: a line holds the end of a path, its parents what comes before. */
export function routesOf(tree: string): string[] {
  const above: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent, part, methods] = /^([│ ]*)[├└]── (\S+) \(([A-Z, ]+)\)$/.exec(line) ?? []
    if (indent === undefined || part === undefined || methods === undefined) {
      if (line.trim() === '') return []
      throw new Error(`Not a line of a route: ${line}`)
    }
    const depth = indent.length / 4
    above.splice(depth, above.length, part)
    return methods
      .split(', ')
      .filter((method) => method !== 'HEAD')
      .map((method) => `${method} ${above.join('')}`)
  })
}
