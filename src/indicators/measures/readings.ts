/**
 * How many of the documents of a month were opened by somebody other than their author, and how soon. A bound is told once
 * every document of the month has lived that long: a number never changes after it was told.
 */
import { DELAY_HOURS, delayEnd } from '../delays.ts'
import { SMALLEST_TOLD, toldSteps } from '../disclosure.ts'
import { type FigureGroup, GROUP } from '../figures.ts'
import type { Measure, MonthCounts } from '../measure.ts'
import { endOf, SETTLING_MS } from '../month.ts'

export const readings: Measure = {
  id: 'documents-lus',
  name: 'DocumentsLus',
  title: 'Documents lus',
  description:
    'Part des documents déposés dans le mois dont le contenu a été ouvert par une autre personne que leur auteur, selon le délai depuis le dépôt, et délai médian de la première lecture (connu à l’intervalle de deux bornes près). Chaque borne n’est publiée que lorsque tous les documents du mois l’ont dépassée.',
  subject: 'DocumentReference',
  scoring: 'proportion',
  counts: ['type', 'delai'],
  figures: (counts): FigureGroup[] => {
    const population = counts.of('type').count
    const steps = toldSteps(population, readWithin(counts))
    const shares = steps.map(
      ({ place, upTo }): FigureGroup => ({
        code: {
          system: GROUP,
          code: `lus-sous-${hours(place)}h`,
          display: `Lus dans les ${hours(place)} heures`,
        },
        population,
        numerator: upTo,
        score: { value: Math.round((upTo / population) * 1e6) / 1e6, unit: '1' },
        stratifiers: [],
      }),
    )
    if (steps.length > 0) return [...shares, median(steps)]
    const code = { system: GROUP, code: 'lus', display: 'Lus' }
    return [
      {
        code,
        population: population < SMALLEST_TOLD ? undefined : population,
        numerator: undefined,
        stratifiers: [],
      },
    ]
  },
}

function hours(place: number): number {
  return DELAY_HOURS[place] ?? Number.POSITIVE_INFINITY
}

/** How many within each bound that all documents of the month have lived through. */
function readWithin(counts: MonthCounts): number[] {
  const parts = counts.of('delai').parts
  const within: number[] = []
  let upTo = 0
  for (const place of DELAY_HOURS.keys()) {
    if (counts.countedUntil < endOf(counts.month) + delayEnd(place) + SETTLING_MS) break
    upTo += parts?.get(String(place))?.count ?? 0
    within.push(upTo)
  }
  return within
}

/** Of those read within the last bound that is told: in which interval the one in the middle was. */
function median(steps: readonly { readonly place: number; readonly upTo: number }[]): FigureGroup {
  const read = steps.at(-1)?.upTo ?? 0
  const at = steps.findIndex(({ upTo }) => upTo * 2 >= read)
  const low = at > 0 ? hours(steps[at - 1]?.place ?? 0) : 0
  const high = hours(steps[at]?.place ?? 0)
  return {
    code: { system: GROUP, code: 'delai-median', display: 'Délai médian de la première lecture' },
    population: read,
    score: { value: high, unit: 'h', low, high },
    stratifiers: [],
  }
}
