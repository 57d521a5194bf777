/**
 * `bench validation`: DocumentReferences and Observations against the base specification, and against PDSm, on one core. The rate is told
 * by the clock and by the CPU that was used: on a busy machine only the second says what a core can do.
 */
import { type Spread, spread } from './contest.ts'
import type { Options } from './options.ts'
import { aligned, brackets } from './report.ts'
import type { ValidationAnswer, ValidationOrder } from './validation-worker.ts'
import { WorkerProcess } from './worker-process.ts'

const TARGET = 5_000
const WARM_UP_MS = 2_000

const cases = [
  { name: 'DocumentReference', type: 'DocumentReference', parse: false },
  { name: 'DocumentReference, parsed too', type: 'DocumentReference', parse: true },
  { name: 'DocumentReference, held to PDSm', type: 'DocumentReference', parse: false, held: true },
  { name: 'Observation', type: 'Observation', parse: false },
] as const

type Figures = {
  readonly name: string
  readonly bytes: number
  readonly perSecond: Spread
  readonly perCpuSecond: Spread
}

export async function benchValidation({ seconds, rounds }: Options): Promise<Record<string, unknown>> {
  const worker = new WorkerProcess<ValidationOrder, ValidationAnswer>('validation-worker')
  const figures: Figures[] = []
  try {
    for (const { name, ...order } of cases) {
      await worker.order({ milliseconds: Math.min(WARM_UP_MS, seconds * 1000), ...order })
      const answers: ValidationAnswer[] = []
      for (let i = 0; i < rounds; i++)
        answers.push(await worker.order({ milliseconds: seconds * 1000, ...order }))
      figures.push({
        name,
        bytes: answers[0]?.bytes ?? 0,
        perSecond: spread(answers.map((a) => a.resources / a.seconds)),
        perCpuSecond: spread(answers.map((a) => a.resources / a.cpuSeconds)),
      })
    }
  } finally {
    await worker.stop()
  }
  tell(figures)
  return { validation: figures }
}

function tell(figures: readonly Figures[]): void {
  console.log('\nvalidation, one process: the base specification, and a profile where one is named')
  const rows = figures.map(({ name, bytes, perSecond, perCpuSecond }) => [
    name,
    String(bytes),
    brackets(perSecond, 0),
    brackets(perCpuSecond, 0),
    perCpuSecond.median >= TARGET ? 'met' : 'NOT met',
  ])
  console.log(aligned([['', 'bytes', '/s', '/s of CPU', `target ${TARGET}`], ...rows]))
}
