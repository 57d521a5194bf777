/** The pages of the fhir profile. */
import { apiPage } from './api/api-page.ts'
import { homePage } from './home/home-page.ts'
import type { Page } from './page.ts'

export function plainPages(site: { readonly version: string; readonly publicUrl: string }): readonly Page[] {
  const pages = [apiPage('plain')]
  return [homePage({ ...site, mode: 'plain', pages }), ...pages]
}
