/** One page of the console: its address, its words, what it loads, and its content as the server writes it. */
import type { PolicyChanges } from './content-policy.ts'
import type { Html } from './html.ts'
import type { Language, Text } from './words.ts'

export type PageContext = {
  readonly language: Language
  /** The server's clock. */
  readonly now: number
  /** The address of another page, in the language chosen: `href('/console/api')`. */
  readonly href: (path: string) => string
  /** Before every other address of this server: `${root}/openapi.yaml`. */
  readonly root: string
}

export type Page = {
  /** `/`, or below `/console/`. */
  readonly path: string
  /** The heading, and the window's name. */
  readonly title: Text
  /** In the navigation. */
  readonly link: Text
  /** What it is for: on the home page, and for search engines. */
  readonly summary: Text
  /** A folder of src/console/browser: `try` loads `try.js`, and `try.css` where there is one. */
  readonly browser?: string
  /** Another such folder, of a page that does more in a sandbox. */
  readonly sandboxBrowser?: string
  /** Where the policy of all pages is too narrow for it. */
  readonly policy?: PolicyChanges
  /** Changes when the content does; undefined: the content is the same as long as the process lives. */
  readonly version?: (now: number) => string
  /** What stands below the heading. */
  readonly content: (context: PageContext) => Html
}

export function browserFolders({ browser, sandboxBrowser }: Page): readonly string[] {
  return [browser, sandboxBrowser].filter((folder) => folder !== undefined)
}
