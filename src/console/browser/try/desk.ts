/** Who sits at the page now, in which record and mode; and how the parts of the page ask the server in that name. */

import type { tryWords } from '../../try/try-words.ts'
import type { Language, Words } from '../../words.ts'
import type { RoleKey } from '../sandbox/cast.ts'
import type { Answer, Call } from '../sandbox/exchange.ts'
import type { KnownRecord } from '../sandbox/known-record.ts'
import type { Access } from '../sandbox/workbench.ts'

export type TryTexts = { readonly [K in keyof typeof tryWords & keyof Words]: string }

export type Desk = {
  readonly language: Language
  readonly words: TryTexts
  readonly role: () => RoleKey
  readonly record: () => KnownRecord | undefined
  readonly access: () => Access
  readonly setAccess: (access: Access) => void
  /** As who sits here, in the record and mode chosen. Undefined when nobody answered. */
  readonly ask: (title: string, call: Call) => Promise<Answer | undefined>
  /** A short word for the person, in the page's line for it. */
  readonly say: (text: string) => void
}
