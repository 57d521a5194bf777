/** How much data a run has: enough that what is asked for is not always the same, or little, to try the bench itself. */

export type DataShape = {
  /** By `dmp seed`, each patient with some documents. */
  readonly patients: number
  readonly documents: number
  /** Documents of the two records that are searched. */
  readonly searched: readonly [number, number]
  /** Of the bench's own, where it writes. */
  readonly records: number
  /** Letters in these, some only read, some only patched, some only changed by a limit: none is in another's way. */
  readonly read: number
  readonly patched: number
  readonly changed: number
  /** Documents of 2 MB in these. */
  readonly large: number
  readonly professionals: number
  /** Of what is asked before anything is timed. */
  readonly warmUp: number
  /** Pushes and reads whose cost is counted. */
  readonly costed: { readonly pushes: number; readonly reads: number }
}

export const fullShape: DataShape = {
  patients: 300,
  documents: 6_000,
  searched: [50, 2_000],
  records: 100,
  read: 200,
  patched: 200,
  changed: 100,
  large: 10,
  professionals: 64,
  warmUp: 1,
  costed: { pushes: 3_000, reads: 30_000 },
}

export const quickShape: DataShape = {
  patients: 5,
  documents: 40,
  searched: [30, 60],
  records: 4,
  read: 8,
  patched: 8,
  changed: 8,
  large: 1,
  professionals: 4,
  warmUp: 0.002,
  costed: { pushes: 10, reads: 30 },
}
