/** Of several dated versions of a table, the one in force on a day, and the one that follows it. */
type Dated = { readonly validFrom: string }

/**
 * @param day `YYYY-MM-DD`; passed in, since nothing here reads the clock
 * @throws when none is in force yet: without its matrix the server decides nothing
 */
export function tableInForce<T extends Dated>(tables: readonly T[], day: string): T {
  let latest: T | undefined
  for (const table of tables) {
    if (table.validFrom <= day && (latest === undefined || table.validFrom > latest.validFrom)) latest = table
  }
  if (latest === undefined) throw new Error(`No table in force on ${day}`)
  return latest
}

/** The next one to take force after that day; undefined when none is known. */
export function nextTable<T extends Dated>(tables: readonly T[], day: string): T | undefined {
  let next: T | undefined
  for (const table of tables) {
    if (table.validFrom > day && (next === undefined || table.validFrom < next.validFrom)) next = table
  }
  return next
}
