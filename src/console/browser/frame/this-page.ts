/** What the server wrote on the page about itself, and the page's own elements. */
import { type Language, languages } from '../../words.ts'

/** The language that the page is written in. */
export function pageLanguage(): Language {
  const { lang } = document.documentElement
  return languages.find((language) => language === lang) ?? 'fr'
}

/** An address of this server, whatever name or path it is reached by: `serverPath('/fhir/metadata')`. */
export function serverPath(path: string): string {
  return `${document.documentElement.dataset.root ?? ''}${path}`
}

type Kind<E extends Element> = new () => E

/** @throws when the server wrote another page than the script was made for */
export function find<E extends Element>(selector: string, kind: Kind<E>, within: ParentNode = document): E {
  const found = within.querySelector(selector)
  if (!(found instanceof kind)) throw new Error(`No ${kind.name} at ${selector}`)
  return found
}
