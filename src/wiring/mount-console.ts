/** Which pages the console has, by profile and by what the server is for. */
import type { FastifyInstance } from 'fastify'
import { assetPath } from '../asset-path.ts'
import type { Config } from '../config/config.ts'
import { consoleRoutes } from '../console/console.ts'
import { type DmpSite, dmpPages } from '../console/dmp-pages.ts'
import type { Mode } from '../console/frame.ts'
import type { Page } from '../console/page.ts'
import { plainPages } from '../console/plain-pages.ts'
import type { About } from './profile-parts.ts'

type Mount = (server: FastifyInstance) => void
type Settings = Pick<Config, 'publicUrl' | 'sandbox' | 'production'>

/** Pages to try things out are loaded in a sandbox only: production never sees them. */
export async function dmpConsole(
  config: Settings,
  { version }: About,
  engine: DmpSite['engine'],
  now: () => number,
): Promise<Mount> {
  const { publicUrl } = config
  const mode = config.sandbox ? 'sandbox' : config.production ? 'production' : 'trial'
  const policyFile = assetPath('docs', 'policy.md')
  const pages = dmpPages({ engine, mode, version, publicUrl, policyFile }, await sandboxOnly(config, engine))
  return mount(pages, mode, version, publicUrl, now)
}

async function sandboxOnly({ sandbox }: Settings, engine: DmpSite['engine']): Promise<readonly Page[]> {
  if (!sandbox) return []
  const { sandboxPages } = await import('../console/sandbox-pages.ts')
  return sandboxPages(engine, assetPath('demo', 'lettre-de-liaison.xml'))
}

export function plainConsole({ publicUrl }: Settings, { version }: About, now: () => number): Mount {
  return mount(plainPages({ version, publicUrl }), 'plain', version, publicUrl, now)
}

function mount(
  pages: readonly Page[],
  mode: Mode,
  version: string,
  publicUrl: string,
  now: () => number,
): Mount {
  const routes = consoleRoutes({ pages, mode, version, publicUrl, assetFolder: assetPath('console'), now })
  return (server) => void server.register(routes)
}
