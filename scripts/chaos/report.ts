/** What was found, as a table for people. */
import { aligned } from '../bench/report.ts'
import type { Found } from './try-fault.ts'

const titles = [
  'fault',
  'lasted',
  'requests',
  'first success',
  'every kind',
  'last failure',
  'longest',
  'ready',
  'acknowledged',
  '',
]

export function table(found: readonly Found[]): string {
  return aligned([
    titles,
    ...found.map((each) => [
      each.fault,
      time(each.faultMs),
      String(each.requests),
      time(each.firstSuccessMs),
      time(each.allKindsMs),
      time(each.lastFailureMs),
      `${time(each.longestMs)} ${each.longestKind ?? ''}`,
      time(each.readyMs),
      String(each.acknowledged),
      each.broken.length === 0 ? 'held' : 'BROKEN',
    ]),
  ])
}

/** Beneath the table: what failed meanwhile, and what should not have. */
export function details({ fault, outcomes, served, broken }: Found): string {
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} × ${outcome}`)
  const meanwhile = Object.entries(served).map(([kind, count]) => `${count} × ${kind}`)
  return [
    `${fault}: ${counts.length > 0 ? counts.join(', ') : 'nothing failed'}`,
    `  served meanwhile: ${meanwhile.length > 0 ? meanwhile.join(', ') : 'nothing'}`,
    ...broken.slice(0, MOST_LINES).map((line) => `  BROKEN ${line}`),
    ...(broken.length > MOST_LINES ? [`  and ${broken.length - MOST_LINES} more`] : []),
  ].join('\n')
}

const MOST_LINES = 20

function time(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return 'never'
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`
}
