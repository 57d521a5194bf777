/** The day it is in France, `YYYY-MM-DD`: the law's days, and those of the tables, begin there. */
const paris = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris' })

export function parisDay(now: number): string {
  return paris.format(now)
}
