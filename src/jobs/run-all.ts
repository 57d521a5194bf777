/** Several jobs as one, each after the other: the failure of one keeps none of the others from its round. */
export async function runAll(jobs: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const job of jobs) {
    try {
      await job()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, 'Several jobs failed')
  if (failures.length === 1) throw failures[0]
}
