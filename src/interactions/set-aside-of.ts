/** The contents that were taken out of a body while it came. */
import type { SetAside } from '../content/set-aside.ts'
import type { Body } from './input.ts'

export function setAsideOf(body: Body | undefined): SetAside | undefined {
  return body?.format === 'json' || body?.format === 'xml' ? body.setAside : undefined
}
