/**
 * `bench decide`: decisions a second on one core, for a record with 200 authorisations, 50 blocked professionals and 5
 * care teams of 20. The rate is told by the clock and by the CPU that was used: on a busy machine only the second says
 * what a core can do.
 */
import { type Spread, spread } from './contest.ts'
import type { DecideAnswer, DecideOrder } from './decide-worker.ts'
import type { Options } from './options.ts'
import { aligned, brackets } from './report.ts'
import { WorkerProcess } from './worker-process.ts'

const TARGET = 200_000
const WARM_UP_MS = 1_000

const cases: readonly DecideOrder['case'][] = [
  'authorised, last of the list',
  'refused: of a care team that nobody authorised',
  'refused: in no list',
  'bris de glace',
]

type Figures = { readonly name: string; readonly perSecond: Spread; readonly perCpuSecond: Spread }

export async function benchDecide({ seconds, rounds }: Options): Promise<Record<string, unknown>> {
  const worker = new WorkerProcess<DecideOrder, DecideAnswer>('decide-worker')
  const figures: Figures[] = []
  try {
    for (const name of cases) {
      await worker.order({ milliseconds: WARM_UP_MS, case: name })
      const answers: DecideAnswer[] = []
      for (let i = 0; i < rounds; i++)
        answers.push(await worker.order({ milliseconds: seconds * 1000, case: name }))
      figures.push({
        name,
        perSecond: spread(answers.map((a) => a.decisions / a.seconds)),
        perCpuSecond: spread(answers.map((a) => a.decisions / a.cpuSeconds)),
      })
    }
  } finally {
    await worker.stop()
  }
  console.log('\ndecisions of policy, one process, a record of 200 authorisations')
  const rows = figures.map(({ name, perSecond, perCpuSecond }) => [
    name,
    brackets(perSecond, 0),
    brackets(perCpuSecond, 0),
    perCpuSecond.median >= TARGET ? 'met' : 'NOT met',
  ])
  console.log(aligned([['', '/s', '/s of CPU', `target ${TARGET}`], ...rows]))
  return { decide: figures }
}
