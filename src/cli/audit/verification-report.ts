/** What a verification has found, told to a person and as JSON. */
import type { TraceFault } from '../../audit/name-fault.ts'
import type { Progress, Verification } from '../../audit/verify-traces.ts'

export function progressLine({ rows, writers, ofWriters }: Progress, milliseconds: number): string {
  const perSecond = Math.round(rows / Math.max(milliseconds / 1000, 0.001))
  return `${grouped(rows)} traces, ${writers} of ${ofWriters} writers, ${grouped(perSecond)} a second`
}

/** @param withSeals whether the keys of the seals were there */
export function linesOf(it: Verification, withSeals: boolean): string[] {
  return [
    `${grouped(it.rows)} traces of ${grouped(it.writers)} writers, under ${grouped(it.checkpoints)} checkpoints`,
    ...remark(it.unsigned, 'are not under a checkpoint yet: a server that runs signs them within seconds'),
    ...remark(it.unchecked, 'of these bear a seal that could not be looked at: the key is not here'),
    ...remark(it.open, 'places among these are empty: under way, or rolled back'),
    ...remark(it.voids, 'places are signed as empty: transactions that were rolled back'),
    ...remark(it.unsealed, 'are of before there were seals'),
    ...remark(it.dropped, 'were removed by retention, under a signed mark'),
    ...(withSeals ? [] : ['Verified by public keys: seals of single traces were not looked at.']),
    ...verdict(it),
  ]
}

function verdict({ faults, more }: Verification): string[] {
  const [first, ...others] = faults
  if (!first) return ['Sound.']
  return [
    'ALTERED. The first:',
    ...told(first),
    ...(others.length + more > 0
      ? [`and ${grouped(others.length + more)} more (--json tells the first hundred)`]
      : []),
  ]
}

function told({ kind, writer, seq, id, at, checkpoint, detail }: TraceFault): string[] {
  const place = [
    `writer ${writer}`,
    ...(seq === undefined ? [] : [`place ${seq}`]),
    ...(checkpoint === undefined ? [] : [`checkpoint ${checkpoint}`]),
    ...(id === undefined ? [] : [`trace ${id}`]),
    ...(at === undefined ? [] : [new Date(at).toISOString()]),
  ]
  return [`  ${kind}: ${place.join(', ')}`, `  ${detail}`]
}

/** With times as people write them. */
export function jsonOf(verification: Verification): string {
  const faults = verification.faults.map(({ at, ...fault }) => ({
    ...fault,
    ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
  }))
  return JSON.stringify({ sound: faults.length === 0, ...verification, faults }, undefined, 2)
}

function remark(count: number, what: string): string[] {
  return count > 0 ? [`  ${grouped(count)} ${what}`] : []
}

function grouped(number: number): string {
  return number.toLocaleString('en-US')
}
