/** Where a page ends in what a record holds, in the order of time: its documents, its traces. */
import { isUuid, type Uuid } from '../fhir/id.ts'
import type { Position } from './cursor.ts'

export type TimePosition = {
  /** Milliseconds since 1970. */
  readonly at: number
  /** The tiebreaker. */
  readonly id: Uuid
}

export function writeTimePosition({ at, id }: TimePosition): Position {
  return [at, id]
}

/** Undefined for a position in something else. */
export function readTimePosition(position: Position): TimePosition | undefined {
  const [at, id, ...rest] = position
  return Number.isSafeInteger(at) &&
    typeof at === 'number' &&
    typeof id === 'string' &&
    isUuid(id) &&
    rest.length === 0
    ? { at, id }
    : undefined
}
