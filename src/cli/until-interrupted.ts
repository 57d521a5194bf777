/** SIGINT and SIGTERM ask a long command to end after what is under way; a second one ends it at once. */
export async function untilInterrupted<T>(work: (stop: AbortController) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, interrupt)
  try {
    return await work(stop)
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}
