/**
 * Accesses by day as bars, and the same numbers as a table. Normal, emergency and refused differ by filling (plain, striped,
 * outline) and not by colour alone.
 */
import type { Language } from '../../words.ts'
import { element } from '../frame/element.ts'
import { drawing } from '../sandbox/controls.ts'
import type { TraceTexts } from './told-trace.ts'
import type { TraceView } from './trace-view.ts'

export type DayCount = { readonly day: string; normal: number; emergency: number; refused: number }

const DAYS = 14
const DAY_MS = 86_400_000
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [720, 200, 34, 26, 12]

/** The last two weeks up to now, empty days too; the newest last. */
export function countByDay(traces: readonly TraceView[], now: Date): readonly DayCount[] {
  const days = new Map<string, DayCount>()
  for (let back = DAYS - 1; back >= 0; back--) {
    const day = localDay(new Date(now.getTime() - back * DAY_MS))
    days.set(day, { day, normal: 0, emergency: 0, refused: 0 })
  }
  for (const { recorded, refused, mode } of traces) {
    const count = days.get(localDay(new Date(recorded)))
    if (!count) continue
    if (refused) count.refused++
    else if (mode === 'normal') count.normal++
    else count.emergency++
  }
  return [...days.values()]
}

export function dayChart(counts: readonly DayCount[], language: Language, words: TraceTexts): HTMLElement {
  const legend = (kind: string, text: string): HTMLElement => element('li', {}, keySwatch(kind), ` ${text}`)
  return element(
    'figure',
    { class: 'chart panel' },
    element(
      'div',
      { class: 'scroll flat', tabindex: '0', role: 'group', 'aria-label': words.byDay },
      bars(counts, language, words),
    ),
    element(
      'ul',
      { class: 'legend plain row' },
      legend('normal', words.legendNormal),
      legend('emergency', words.legendEmergency),
      legend('refused', words.legendRefused),
    ),
    element('details', {}, element('summary', {}, words.chartTable), countTable(counts, language, words)),
  )
}

function keySwatch(kind: string): SVGElement {
  const swatch = drawing('svg', { viewBox: '0 0 16 12', width: 16, height: 12, 'aria-hidden': 'true' })
  swatch.append(stripes(`key-${kind}`), bar(kind, { x: 1, y: 1, width: 14, height: 10 }, `key-${kind}`))
  return swatch
}

function bars(counts: readonly DayCount[], language: Language, words: TraceTexts): SVGElement {
  const highest = Math.max(4, ...counts.map(({ normal, emergency, refused }) => normal + emergency + refused))
  const scale = (HEIGHT - BOTTOM - TOP) / highest
  const slot = (WIDTH - LEFT) / counts.length
  const base = HEIGHT - BOTTOM
  const chart = drawing('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: 'img',
    'aria-label': words.chart,
    class: 'bars',
  })
  chart.append(stripes('stripes'))
  for (const level of [0, Math.round(highest / 2), highest]) {
    const y = base - level * scale
    chart.append(
      drawing('line', { x1: LEFT, x2: WIDTH, y1: y, y2: y, class: 'grid' }),
      drawing('text', { x: LEFT - 6, y: y + 4, class: 'tick', 'text-anchor': 'end' }, String(level)),
    )
  }
  counts.forEach(({ day, normal, emergency, refused }, i) => {
    const [x, width] = [LEFT + i * slot + slot * 0.18, slot * 0.64]
    let y = base
    for (const [kind, count] of [
      ['normal', normal],
      ['emergency', emergency],
      ['refused', refused],
    ] as const) {
      const height = count * scale
      y -= height
      if (count > 0) chart.append(bar(kind, { x, y, width, height }, 'stripes'))
    }
    const label = shortDay(day, language)
    chart.append(
      drawing('text', { x: x + width / 2, y: HEIGHT - 8, class: 'tick', 'text-anchor': 'middle' }, label),
    )
  })
  return chart
}

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

function bar(kind: string, box: Box, pattern: string): SVGElement {
  const fill: Readonly<Record<string, string>> = kind === 'emergency' ? { fill: `url(#${pattern})` } : {}
  return drawing('rect', { ...box, ...fill, class: `bar-${kind}` })
}

function stripes(id: string): SVGElement {
  const ground = drawing('rect', { width: 6, height: 6, class: 'stripe-ground' })
  const line = drawing('rect', { width: 3, height: 6, class: 'stripe' })
  const pattern = drawing('pattern', {
    id,
    width: 6,
    height: 6,
    patternUnits: 'userSpaceOnUse',
    patternTransform: 'rotate(45)',
  })
  pattern.append(ground, line)
  const defs = drawing('defs')
  defs.append(pattern)
  return defs
}

function countTable(counts: readonly DayCount[], language: Language, words: TraceTexts): HTMLElement {
  const heads = [words.day, words.colNormal, words.emergencies, words.refusals]
  const rows = counts.toReversed().map(({ day, normal, emergency, refused }) =>
    element(
      'tr',
      {},
      element(
        'th',
        { scope: 'row' },
        new Date(`${day}T12:00:00`).toLocaleDateString(locale(language), { dateStyle: 'long' }),
      ),
      [normal, emergency, refused].map((count) => element('td', {}, String(count))),
    ),
  )
  return element(
    'table',
    { class: 'data' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        heads.map((head) => element('th', { scope: 'col' }, head)),
      ),
    ),
    element('tbody', {}, rows),
  )
}

/** `2026-11-22` in the zone of the browser. */
export function localDay(time: Date): string {
  return `${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, '0')}-${String(time.getDate()).padStart(2, '0')}`
}

function shortDay(day: string, language: Language): string {
  return new Date(`${day}T12:00:00`).toLocaleDateString(locale(language), {
    day: 'numeric',
    month: 'numeric',
  })
}

function locale(language: Language): string {
  return language === 'fr' ? 'fr-FR' : 'en-GB'
}
