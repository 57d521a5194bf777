/**
 * Statements that took long, for the log: their name, how long they were waited for, how many rows came, who asked (the
 * functions of ours that waited), their text, and now and then their plan. Never a value: the text has parameters in their
 * places, and the plan is made without any (src/storage/connection/generic-plan.ts).
 *
 * A line for each statement in a minute at most, with the number of those that were left out; a plan once an hour, one at a
 * time: who is slow already is not asked much.
 */
import type { Planning } from '../storage/runner.ts'
import { type Sql, textOf } from '../storage/sql.ts'
import { statementName } from './statement-name.ts'
import type { AnsweredStatement, StatementWatcher, Way } from './statement-watcher.ts'

export type SlowQueryLine = {
  readonly statement: string
  readonly way: Way
  readonly ms: number
  /** Undefined: it failed. */
  readonly rows: number | undefined
  /** Of the same statement, not told since its last line. */
  readonly more?: number
  readonly askedBy: readonly string[]
  readonly text: string
}

export type SlowQuerySettings = {
  readonly fromMs: number
  readonly tell: (line: SlowQueryLine) => void
  readonly tellPlan: (statement: string, plan: readonly string[]) => void
  readonly plan: (statement: Sql, planning: Planning) => Promise<readonly string[]>
  readonly onFault: (error: unknown) => void
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number
}

const LINE_EVERY_MS = 60_000
const PLAN_EVERY_MS = 3_600_000
/** Searches have many shapes: of more than these none is told. */
const MAX_STATEMENTS = 1_000
const MAX_TEXT = 2_000
const MAX_ASKERS = 6

type Known = { toldAt: number; planAt: number; more: number }

export function slowQueries(settings: SlowQuerySettings): StatementWatcher {
  const { fromMs, elapsed } = settings
  const known = new Map<string, Known>()
  let isPlanning = false

  const tellPlan = async (name: string, { statement, planning }: AnsweredStatement): Promise<void> => {
    isPlanning = true
    try {
      settings.tellPlan(name, await settings.plan(statement, planning))
    } catch (error) {
      settings.onFault(error)
    } finally {
      isPlanning = false
    }
  }

  return {
    answered(answered) {
      if (answered.milliseconds < fromMs) return
      const name = statementName(answered.statement)
      const now = elapsed()
      const of = known.get(name) ?? { toldAt: -Infinity, planAt: -Infinity, more: 0 }
      if (!known.has(name)) {
        if (known.size >= MAX_STATEMENTS) return
        known.set(name, of)
      }
      if (now - of.toldAt < LINE_EVERY_MS) {
        of.more++
        return
      }
      settings.tell(lineOf(name, answered, of.more, new Error().stack ?? ''))
      of.toldAt = now
      of.more = 0
      if (isPlanning || now - of.planAt < PLAN_EVERY_MS) return
      of.planAt = now
      void tellPlan(name, answered)
    },
  }
}

function lineOf(
  name: string,
  { statement, way, milliseconds, rows }: AnsweredStatement,
  more: number,
  stack: string,
): SlowQueryLine {
  const text = textOf(statement)
    .replace(/--[^\n]*/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  return {
    statement: name,
    way,
    ms: Math.round(milliseconds),
    rows,
    ...(more > 0 ? { more } : {}),
    askedBy: askersIn(stack),
    text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text,
  }
}

/** What stands between every statement and who asked for it. */
const between = /^(?:watched|within|together|transaction|perform|answer|Promise\.\w+|WatchedTraces\.\w+)\d*$/

/** The functions that waited for the answer, the nearest first, as far as Node knows them (asynchronous stack traces). */
function askersIn(stack: string): string[] {
  return [...stack.matchAll(/^\s+at async (?:Object\.)?([\w$.]+) /gm)]
    .map(([, name = '']) => name)
    .filter((name) => !between.test(name))
    .slice(0, MAX_ASKERS)
}
