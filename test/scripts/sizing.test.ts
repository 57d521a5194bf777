/** The table of sizes: figures from a report of the benchmark, linear in the load, refused where there are none. */
import t from 'tap'
import { readCosts } from '../../scripts/scale/measured-costs.ts'
import { loads, sizingTable } from '../../scripts/scale/sizing-table.ts'

const cost = { pieces: 1, perSecond: 1, generatorCpu: 0, resident: [] }
const pdf = {
  ...cost,
  nodeCpu: 3,
  postgresCpu: 2,
  tableBytes: 26_000_000,
  indexBytes: 2_000_000,
  walBytes: 40_000_000,
}
const push = { ...pdf, nodeCpu: 5, tableBytes: 9_000_000, walBytes: 20_000_000 }
const read = {
  ...cost,
  nodeCpu: 0.3,
  postgresCpu: 0.2,
  tableBytes: 200_000,
  indexBytes: 50_000,
  walBytes: 400_000,
}

t.test('what a thousand cost becomes what a load takes', async (t) => {
  const costs = readCosts({ machine: {}, scenarios: [{ name: 'cost', costs: { push, pdf, read } }] })
  t.equal(costs.pdf.tableBytes, 26_000)
  const lines = sizingTable(costs).split('\n')
  t.equal(lines.length, loads.length + 2)
  // 1,000,000 × (26,000 − 20,000 + 2,000 + 10 × 250) bytes.
  t.match(lines[2], '| a hospital | 1,000,000 | 11 GB | 200 GB |')
  // 1,200 × 0.3 ms + 102 × 5 ms = 0.87 busy cores, of which two thirds are used.
  t.match(lines[4], '| 1,200 + 102 | 2 | 1 |')
})

t.test('a report without costs is refused', async (t) => {
  for (const report of [null, {}, { push }, { push, read }, { push: { ...push, walBytes: null }, pdf, read }])
    t.throws(() => readCosts(report), /has no costs/)
})
