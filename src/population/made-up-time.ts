/**
 * Days and times of made-up events, as France writes them. Summer time is taken to last from April to October: a few days
 * a year are an hour off, which no made-up life notices.
 */
import type { Random } from './seeded-random.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const FIRST_DAY = Date.UTC(2014, 0, 1) / DAY_MS
/** The population does not grow older: the same seed gives the same dates next year. */
const LAST_DAY = Date.UTC(2026, 9, 31) / DAY_MS

/** Days since 1970; later ones are more frequent, as in any record that was kept. */
export function eventDay(random: Random): number {
  return FIRST_DAY + Math.floor(Math.sqrt(random.next()) * (LAST_DAY - FIRST_DAY))
}

export function birthDay(random: Random): number {
  return Math.floor(random.next() * 88 * 365.25 - 31 * 365.25)
}

/** `2024-03-17` */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** `2024-03-17T08:30:00+01:00` @param minutes since midnight; may be more than a day's */
export function dateTimeOf(day: number, minutes: number): string {
  const local = new Date(day * DAY_MS + minutes * 60_000).toISOString()
  const month = Number(local.slice(5, 7))
  return `${local.slice(0, 19)}${month >= 4 && month <= 10 ? '+02:00' : '+01:00'}`
}
