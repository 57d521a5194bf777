/** What the starter tells the watchdog, as JSON in its one argument. Nothing in it is secret. */
export type WatchdogOrder = {
  readonly program: string
  readonly args: readonly string[]
  readonly ids: { readonly uid?: number; readonly gid?: number }
  readonly logFile: string
  /** Removed once PostgreSQL has stopped. */
  readonly removeAtEnd: readonly string[]
}

export function parseWatchdogOrder(text: string): WatchdogOrder {
  const order: unknown = JSON.parse(text)
  if (!isOrder(order)) throw new Error('The watchdog is started by the server only, with an order')
  return order
}

function isOrder(order: unknown): order is WatchdogOrder {
  if (typeof order !== 'object' || order === null) return false
  const { program, args, ids, logFile, removeAtEnd } = order as Record<keyof WatchdogOrder, unknown>
  return (
    typeof program === 'string' &&
    typeof logFile === 'string' &&
    typeof ids === 'object' &&
    ids !== null &&
    isTextList(args) &&
    isTextList(removeAtEnd)
  )
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
