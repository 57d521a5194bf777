/** The pages of the dmp profile, in the order of the navigation. */
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import { apiPage } from './api/api-page.ts'
import type { Mode } from './frame.ts'
import { habilitationPage } from './habilitation/habilitation-page.ts'
import { homePage } from './home/home-page.ts'
import type { Page } from './page.ts'
import { rightsPage } from './rights/rights-page.ts'
import { rulesPage } from './rules/rules-page.ts'

export type DmpSite = {
  readonly engine: Pick<DmpEngine, 'matricesAt' | 'nextMatricesAfter' | 'terminology'>
  readonly mode: Mode
  readonly version: string
  readonly publicUrl: string
  /** docs/policy.md, as the build left it. */
  readonly policyFile: string
}

/** @param more what only a sandbox has */
export function dmpPages({ engine, policyFile, ...site }: DmpSite, more: readonly Page[]): readonly Page[] {
  const pages = [
    ...more,
    habilitationPage(engine),
    rightsPage(engine),
    rulesPage(policyFile),
    apiPage(site.mode),
  ]
  const matrices = (now: number) => {
    const { rights, habilitation } = engine.matricesAt(now)
    const next = engine.nextMatricesAfter(now)
    return {
      habilitation: { inForce: habilitation, next: next.habilitation },
      rights: { inForce: rights, next: next.rights },
    }
  }
  return [homePage({ ...site, pages, matrices }), ...pages]
}
