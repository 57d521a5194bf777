/**
 * Disks and processors for a load, computed from what one push and one read cost. Linear in both: growth was measured to be
 * flat (docs/growth.md).
 *
 * Disks are those of PDFs, which nothing makes smaller; processors those of letters, which are read.
 *
 * Assumed, and said in the table: the mean content, requests a document, two thirds of a core used, replicas and archive as
 * docs/operations.md wants them. NOT computed: the network, the load balancer, memory for the hot part of the database.
 */
import type { MeasuredCosts } from './measured-costs.ts'

type Load = {
  readonly name: string
  readonly documents: number
  /** Requests a second in the busiest hour. */
  readonly reads: number
  readonly pushes: number
}

/** The national load of ../shared/data/load-target.csv, and steps up to it. */
export const loads: readonly Load[] = [
  { name: 'a hospital', documents: 1_000_000, reads: 10, pushes: 1 },
  { name: 'a region', documents: 50_000_000, reads: 100, pushes: 9 },
  { name: 'France, end of 2026', documents: 800_000_000, reads: 1_200, pushes: 102 },
  { name: 'France, 70 million records', documents: 2_000_000_000, reads: 2_000, pushes: 300 },
]

/** What the pushed PDF of the benchmark has, and what the nation's mean is taken for. */
const MEASURED_CONTENT = 20_000
const MEAN_CONTENT = 200_000
/** Traces for each document there is: its push, and the reads of its life. */
const READS_A_DOCUMENT = 10
const USE_OF_A_CORE = 0.66

export function sizingTable({ push, pdf, read }: MeasuredCosts): string {
  const index = pdf.indexBytes + READS_A_DOCUMENT * read.indexBytes
  const rows = pdf.tableBytes - MEASURED_CONTENT + READS_A_DOCUMENT * read.tableBytes
  const line = ({ name, documents, reads, pushes }: Load): string[] => [
    name,
    documents.toLocaleString('en-GB'),
    bytes(documents * (rows + index)),
    bytes(documents * MEAN_CONTENT),
    `${bytes((pushes * (pdf.walBytes + MEAN_CONTENT - MEASURED_CONTENT) + reads * read.walBytes) * 3_600)}/h`,
    `${reads.toLocaleString('en-GB')} + ${pushes}`,
    cores((reads * read.nodeMs + pushes * push.nodeMs) / 1_000),
    cores((reads * read.postgresMs + pushes * push.postgresMs) / 1_000),
  ]
  const table = [
    [
      'load',
      'documents',
      'rows and indexes',
      'contents',
      'WAL, busiest hour',
      'reads + pushes a second',
      'cores of servers',
      'cores of PostgreSQL',
    ],
    Array.from({ length: 8 }, () => '---'),
    ...loads.map(line),
  ]
  return table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(count) / 3)))
  return `${Number((count / 1_000 ** power).toPrecision(2))} ${units[power]}`
}

function cores(busy: number): string {
  return String(Math.max(1, Math.ceil(busy / USE_OF_A_CORE)))
}
