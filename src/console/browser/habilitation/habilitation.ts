/** The filters of the matrix, and the list of what one profession reads. */
import { habilitationWords } from '../../habilitation/habilitation-words.ts'
import { figures, filled, inLanguage } from '../../words.ts'
import { type Chosen, filters, folded } from '../frame/filters.ts'
import { find, pageLanguage } from '../frame/this-page.ts'
import { type Cell, readMatrix, type TypeRow } from './matrix-cells.ts'
import { showProfession } from './one-profession.ts'

const language = pageLanguage()
const words = inLanguage(habilitationWords, language)
const matrix = readMatrix()
const count = find('#count', HTMLElement)
const whole = find('#whole', HTMLElement)
const byProfession = find('#by-profession', HTMLElement)
const one = find('#one', HTMLElement)

filters(find('#filters', HTMLFormElement), show)

function show(chosen: Chosen): void {
  const only = matrix.professions.findIndex(({ code }) => code === chosen.profession)
  const answers = ({ profession, reading, status }: Cell): boolean =>
    (only < 0 || profession === only) &&
    (chosen.reading ?? reading) === reading &&
    (chosen.status ?? status) === status
  const wanted = folded(chosen.type ?? '')
  const isNamed = ({ code, display }: TypeRow): boolean => folded(`${display} ${code}`).includes(wanted)

  const counts = { cells: 0, allowed: 0, denied: 0, confirmed: 0, proposed: 0 }
  const used = new Set<number>()
  for (const group of matrix.classes) {
    let isUsed = false
    for (const row of group.types) {
      const candidates = (chosen.class ?? group.code) === group.code && isNamed(row)
      let shown = 0
      for (const cell of row.cells) {
        const isIn = candidates && answers(cell)
        cell.element.classList.toggle('out', !isIn)
        if (!isIn) continue
        shown++
        used.add(cell.profession)
        counts[cell.reading === 'allow' ? 'allowed' : 'denied']++
        counts[cell.status]++
      }
      counts.cells += shown
      row.element.hidden = shown === 0
      isUsed ||= shown > 0
    }
    group.element.hidden = !isUsed
  }
  hideColumns(used)
  count.textContent = counts.cells === 0 ? words.nothing : filled(words.shown, told(counts))
  whole.hidden = only >= 0 || counts.cells === 0
  byProfession.hidden = Object.keys(chosen).length > 0
  one.hidden = only < 0
  const profession = matrix.professions[only]
  if (profession) showProfession(matrix, profession.display, only, words)
}

function hideColumns(used: ReadonlySet<number>): void {
  matrix.professions.forEach(({ element }, at) => {
    element.hidden = !used.has(at)
  })
  for (const { types } of matrix.classes) {
    for (const { cells } of types) for (const cell of cells) cell.element.hidden = !used.has(cell.profession)
  }
}

function told(counts: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, figures(value, language)]))
}
