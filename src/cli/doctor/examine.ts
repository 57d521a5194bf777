/**
 * Runs the checks: those of the surroundings and the database at once, then, if it answers, those that look into it. Each has
 * its time, and one that breaks is itself a finding: none hides another.
 */
import type { Check, Installation } from './check.ts'
import { type Finding, fault, unseen } from './finding.ts'

export type Found = Finding & { readonly check: string }

const TIME_MS = 12_000
/** After its time, for closing what it has open. */
const GRACE_MS = 500

/** @param database the check that says whether there is a database to look into */
export async function examine(
  installation: Installation,
  database: Check,
  checks: readonly Check[],
  timeMs: number = TIME_MS,
): Promise<readonly Found[]> {
  const inside = checks.filter(({ needsDatabase }) => needsDatabase)
  const around = checks.filter((check) => !check.needsDatabase && check !== database)
  const isAsked = checks.includes(database) || inside.length > 0
  const answer = isAsked ? lookAt(database, installation, timeMs) : Promise.resolve([])
  const found = await Promise.all([
    answer,
    ...around.map((check) => lookAt(check, installation, timeMs)),
    ...inside.map(async (check) =>
      (await answer).some(({ code }) => code === 'database-answers')
        ? lookAt(check, installation, timeMs)
        : [notInside(check)],
    ),
  ])
  const order = checks.map(({ name }) => name)
  return found.flat().sort((a, b) => order.indexOf(a.check) - order.indexOf(b.check))
}

async function lookAt(check: Check, installation: Installation, timeMs: number): Promise<readonly Found[]> {
  const named = (found: readonly Finding[]): readonly Found[] =>
    found.map((finding) => ({ ...finding, check: check.name }))
  const doubtful = check.reliesOn.filter((name) => installation.settings.doubtful.has(name))
  if (doubtful.length > 0) {
    const list = doubtful.join(', ')
    return named([
      unseen(
        'setting-faulty',
        `pas examiné : ${list} est à corriger d'abord`,
        `not looked at: first mend ${list}`,
      ),
    ])
  }
  const signal = AbortSignal.timeout(timeMs)
  const limit = late(timeMs + GRACE_MS)
  try {
    return named(await Promise.race([check.look(installation, signal), limit.passed]))
  } catch (error) {
    return named([broken(error, signal.aborted)])
  } finally {
    limit.stop()
  }
}

class Late extends Error {
  override readonly name = 'Late'
}

function late(milliseconds: number): { readonly passed: Promise<never>; readonly stop: () => void } {
  let timer: NodeJS.Timeout | undefined
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late()), milliseconds)
  })
  return { passed, stop: () => clearTimeout(timer) }
}

function broken(error: unknown, isLate: boolean): Finding {
  if (error instanceof Late || isLate)
    return fault(
      'check-too-slow',
      ["le contrôle n'a pas abouti à temps", 'the check did not come to an end in its time'],
      [
        'voir si ce qu’il interroge répond (réseau, pare-feu, charge), puis recommencer',
        'see whether what it asks answers (network, firewall, load), then run it again',
      ],
    )
  const reason = reasonOf(error)
  return fault(
    'check-broken',
    [`le contrôle a échoué : ${reason}`, `the check failed: ${reason}`],
    [
      'corriger la cause, ou signaler le défaut avec cette ligne',
      'mend its cause, or report the fault with this line',
    ],
  )
}

/** The first line of what PostgreSQL, Node or we say: none of them repeats a value of ours there. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return `${(error.message.split('\n')[0] ?? error.name).slice(0, 200)}${code}`
}

function notInside({ name }: Check): Found {
  return {
    ...unseen(
      'database-unseen',
      'pas examiné : la base de données ne répond pas',
      'not looked at: the database does not answer',
    ),
    check: name,
  }
}
