/** Findings as a person reads them, and as a program does. */
import packageJson from '../../../package.json' with { type: 'json' }
import type { Language } from '../terminal/language.ts'
import type { Paint, Style } from '../terminal/paint.ts'
import type { Found } from './examine.ts'
import type { Verdict } from './finding.ts'

const marks = {
  ok: { mark: 'ok', style: 'green' },
  warning: { mark: 'warn', style: 'yellow' },
  fault: { mark: 'FAULT', style: 'red' },
  unseen: { mark: '-', style: 'dim' },
} as const satisfies Readonly<Record<Verdict, { mark: string; style: Style }>>

const endings = {
  fr: (ok: number, warnings: number, faults: number) =>
    `${ok} points sains, ${warnings} avertissement(s), ${faults} défaut(s).`,
  en: (ok: number, warnings: number, faults: number) =>
    `${ok} sound, ${warnings} warning(s), ${faults} fault(s).`,
} as const satisfies Readonly<Record<Language, (...counts: [number, number, number]) => string>>

/** @param quiet leaves out what is sound, and what was not looked at */
export function told(found: readonly Found[], language: Language, quiet: boolean, paint: Paint): string {
  const shown = quiet ? found.filter(({ verdict }) => verdict === 'fault' || verdict === 'warning') : found
  const widest = Math.max(0, ...shown.map(({ check }) => check.length))
  const lines = shown.flatMap(({ check, verdict, says, todo }) => {
    const { mark, style } = marks[verdict]
    const head = `${paint(style, mark.padEnd(5))} ${check.padEnd(widest)}  `
    return [head + says[language], ...(todo ? [`${' '.repeat(8 + widest)}→ ${todo[language]}`] : [])]
  })
  const { ok, warning, fault } = counted(found)
  return [...lines, endings[language](ok, warning, fault)].join('\n')
}

export function asJson(found: readonly Found[], now: number): string {
  const counts = counted(found)
  return JSON.stringify({
    sound: counts.fault === 0,
    version: packageJson.version,
    at: new Date(now).toISOString(),
    counts,
    findings: found.map(({ check, code, verdict, says, todo }) => ({
      check,
      code,
      verdict,
      ...says,
      ...(todo ? { todo } : {}),
    })),
  })
}

function counted(found: readonly Found[]): Readonly<Record<Verdict, number>> {
  const counts = { ok: 0, warning: 0, fault: 0, unseen: 0 }
  for (const { verdict } of found) counts[verdict]++
  return counts
}
