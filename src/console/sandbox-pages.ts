/** What only a sandbox has: loaded when there is one, so that production never sees it. */
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import type { Page } from './page.ts'
import { tracesPage } from './traces/traces-page.ts'
import { tryPage } from './try/try-page.ts'

/** In the order of the navigation. @param letterFile the template of the demonstration's discharge letter */
export function sandboxPages(engine: Pick<DmpEngine, 'terminology'>, letterFile: string): readonly Page[] {
  return [tryPage(engine, letterFile), tracesPage]
}
