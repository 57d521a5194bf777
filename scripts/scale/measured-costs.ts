/** What `npm run bench -- cost` has measured, wherever it stands in the report. */

/** Of one request; bytes of a push are those of 20 KB, its content included: packed of a letter, as it is of a PDF. */
export type MeasuredCost = {
  readonly nodeMs: number
  readonly postgresMs: number
  readonly tableBytes: number
  readonly indexBytes: number
  readonly walBytes: number
}

export type MeasuredCosts = {
  readonly push: MeasuredCost
  readonly pdf: MeasuredCost
  readonly read: MeasuredCost
}

/** @throws Error when the report has no costs: another benchmark wrote it */
export function readCosts(report: unknown): MeasuredCosts {
  const found = findCosts(report)
  if (!found) throw new Error('The report has no costs: npm run bench -- cost --json …')
  return found
}

function findCosts(value: unknown): MeasuredCosts | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { push, pdf, read } = value as Readonly<Partial<Record<'push' | 'pdf' | 'read', unknown>>>
  const [ofPush, ofPdf, ofRead] = [costOf(push), costOf(pdf), costOf(read)]
  if (ofPush && ofPdf && ofRead) return { push: ofPush, pdf: ofPdf, read: ofRead }
  for (const part of Object.values(value)) {
    const found = findCosts(part)
    if (found) return found
  }
  return undefined
}

/** Figures there are for a thousand: CPU in seconds, which are milliseconds for one. */
function costOf(value: unknown): MeasuredCost | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { nodeCpu, postgresCpu, tableBytes, indexBytes, walBytes } = value as Readonly<
    Record<string, unknown>
  >
  if (
    typeof nodeCpu !== 'number' ||
    typeof postgresCpu !== 'number' ||
    typeof tableBytes !== 'number' ||
    typeof indexBytes !== 'number' ||
    typeof walBytes !== 'number'
  )
    return undefined
  return {
    nodeMs: nodeCpu,
    postgresMs: postgresCpu,
    tableBytes: tableBytes / 1_000,
    indexBytes: indexBytes / 1_000,
    walBytes: walBytes / 1_000,
  }
}
