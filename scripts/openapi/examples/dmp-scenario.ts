/** The requests that openapi.yaml shows, in the order in which they make sense: each finds what those before have left. */
import { changing, depositing, emergency, fetching, finding } from './dmp-documents.ts'
import { measuring, publishing, subscribing, tracing } from './dmp-following.ts'
import { neighbouring } from './dmp-neighbours.ts'
import { choosing, closing, opening, standing } from './dmp-records.ts'
import type { Exchange } from './exchange.ts'

export const dmpScenario: readonly Exchange[] = [
  ...publishing,
  ...opening,
  ...depositing,
  ...standing,
  ...finding,
  ...fetching,
  ...changing,
  ...subscribing,
  ...neighbouring,
  ...choosing,
  ...emergency,
  ...tracing,
  ...measuring,
  ...closing,
]
