/** The filters of the functional rights: by caller, authentication and access mode. */
import { rightsWords } from '../../rights/rights-words.ts'
import { filled, inLanguage } from '../../words.ts'
import { type Chosen, filters } from '../frame/filters.ts'
import { find, pageLanguage } from '../frame/this-page.ts'

const words = inLanguage(rightsWords, pageLanguage())
const count = find('#count', HTMLElement)
const ways = [...document.querySelectorAll<HTMLElement>('.way')]

filters(find('#filters', HTMLFormElement), show)

function show({ caller, authentication, mode }: Chosen): void {
  let tables = 0
  for (const way of ways) {
    const columns = [...way.querySelectorAll<HTMLElement>('th[data-caller]')]
    const isWanted =
      (mode ?? way.dataset.mode) === way.dataset.mode &&
      (authentication ?? way.dataset.authentication) === way.dataset.authentication &&
      (caller === undefined || columns.some(({ dataset }) => dataset.caller === caller))
    way.hidden = !isWanted
    if (!isWanted) continue
    tables++
    const hides = columns.map(({ dataset }) => caller !== undefined && dataset.caller !== caller)
    for (const row of find('table', HTMLTableElement, way).rows)
      [...row.cells].slice(1).forEach((cell, at) => {
        cell.hidden = hides[at] ?? false
      })
    find('details', HTMLElement, way).hidden = caller !== undefined
    const without = way.querySelector<HTMLElement>('.without')
    if (without) without.hidden = caller !== undefined
  }
  count.textContent = tables === 0 ? words.none : filled(words.shown, { tables })
}
