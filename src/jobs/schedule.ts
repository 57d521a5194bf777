/**
 * Runs a job at once and then every hour, one round after the other: a slow round delays the next one and is not run
 * beside it. A round that fails is told and tried again; the process goes on.
 */

export type Schedule = {
  /** Ends after the round under way. */
  stop(): Promise<void>
}

/** Several as one. */
export function together(schedules: readonly Schedule[]): Schedule {
  return { stop: async () => void (await Promise.all(schedules.map((schedule) => schedule.stop()))) }
}

const HOUR = 60 * 60 * 1000

export function everyHour(
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
  interval = HOUR,
): Schedule {
  let underWay: Promise<void> | undefined
  const round = (): void => {
    underWay ??= work()
      .then(() => undefined, onError)
      .finally(() => {
        underWay = undefined
      })
  }
  round()
  const timer = setInterval(round, interval)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await underWay
    },
  }
}
