/** What a fault is: how it is made and undone, where, and which answers clients may get meanwhile. */
import type { Place, Setting } from './place.ts'

export type Fault = {
  readonly name: string
  readonly setting: Setting
  /** What happens, in a few words for people. */
  readonly what: string
  /** Makes it, keeps it for as long as it takes, and ends it. */
  happen(place: Place): Promise<void>
  /** Answers that are no broken promise beside those that never are one. */
  readonly mayAlso?: readonly RegExp[]
  /** Whether processes of the server end by it: connections may break then. */
  readonly takesProcesses?: boolean
  /** Whether the chains of traces are looked at after it: by when what was traced must be signed. */
  readonly signedWithinMs?: number
  /** What the slowest request may take, in milliseconds, where it is other than usual. */
  readonly longestMs?: number
}
