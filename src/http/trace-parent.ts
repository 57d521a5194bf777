/**
 * `traceparent`: which distributed trace a request belongs to, as whoever sent it says. What cannot be read is no trace, and
 * refuses nothing. `tracestate` is not read: nothing here has anything to say in it.
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export type TraceParent = {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16: the part of it that asked. */
  readonly parentId: string
}

/** Versions to come may add members behind these; `ff` is none. */
const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/
const nothing = /^0+$/

export function traceParentOf(header: string | string[] | undefined): TraceParent | undefined {
  if (typeof header !== 'string' || header.length > 256) return undefined
  const [, version, traceId = '', parentId = '', more] = form.exec(header) ?? []
  if (version === undefined || (version === '00' && more !== undefined)) return undefined
  if (nothing.test(traceId) || nothing.test(parentId) || isNumber(traceId) || isNumber(parentId))
    return undefined
  return { traceId, parentId }
}

/** Ids are random. Digits alone, zeros before them, are a number of something: a matricule, perhaps (rule I4). */
function isNumber(id: string): boolean {
  return /^\d+$/.test(id)
}
