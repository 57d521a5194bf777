/** What `$acces` tells: who may see the record, and who came how often. */
import { filled } from '../../words.ts'
import { type Child, element } from '../frame/element.ts'
import {
  type Fields,
  listAt,
  partsNamed,
  partText,
  partValue,
  textAt,
  valueAt,
} from '../sandbox/read-json.ts'
import { personWords, type Telling } from './told-trace.ts'
import type { Who } from './trace-view.ts'

export function whoMayView(accesses: unknown, telling: Telling): HTMLElement {
  const { words, language } = telling
  const all = listAt(accesses, 'parameter')
  const may = partsNamed(all, 'habilite').map((part) => {
    const parts = listAt(part, 'part')
    const end = partText(parts, 'fin')
    const day =
      end === ''
        ? ''
        : new Date(end).toLocaleDateString(language === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'long' })
    return element(
      'li',
      {},
      element('strong', {}, personWords(whoOf(parts, actorOf(partText(parts, 'titre'))), telling)),
      ` — ${titleWords(partText(parts, 'titre'), telling)}`,
      day !== '' && element('span', { class: 'quiet' }, ` ${filled(words.until, { day })}`),
    )
  })
  const blocked = partsNamed(all, 'bloque').map((part) =>
    element(
      'li',
      {},
      element('strong', {}, personWords(whoOf(listAt(part, 'part'), 'PS'), telling)),
      ' ',
      element('span', { class: 'badge bad' }, `✕ ${words.blocked}`),
    ),
  )
  if (may.length + blocked.length === 0) return element('p', {}, words.nobodyMay)
  return element('ul', { class: 'people' }, may, blocked)
}

export function whoCameView(accesses: unknown, telling: Telling): HTMLElement {
  const { words, language } = telling
  const came = partsNamed(listAt(accesses, 'parameter'), 'acces')
  if (came.length === 0) return element('p', {}, words.nobodyCame)
  const heads = [words.person, words.done, words.emergencies, words.refusals, words.last]
  const rows = came.map((part) => {
    const parts = listAt(part, 'part')
    const last = new Date(partText(parts, 'dernier'))
    const emergencies = emergenciesIn(parts)
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, personWords(whoOf(parts, partText(parts, 'acteur')), telling)),
      element('td', { class: 'number' }, count(parts, 'aboutis')),
      element(
        'td',
        { class: 'number' },
        emergencies > 0 ? element('span', { class: 'badge bad' }, `⚠ ${emergencies}`) : '0',
      ),
      element('td', { class: 'number' }, count(parts, 'refuses')),
      element(
        'td',
        {},
        last.toLocaleString(language === 'fr' ? 'fr-FR' : 'en-GB', {
          dateStyle: 'medium',
          timeStyle: 'short',
        }),
      ),
    )
  })
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': words.whoCame },
    element(
      'table',
      { class: 'data' },
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          heads.map((head, i) =>
            element('th', { scope: 'col', class: i > 0 && i < 4 ? 'number' : undefined }, head),
          ),
        ),
      ),
      element('tbody', {}, rows),
    ),
  )
}

/** Who has a title without a national number acts for the holder. */
function actorOf(title: string): string {
  if (title === 'representation') return 'REPRESENTANT_LEGAL'
  return title === 'aidant' ? 'AIDANT' : 'PS'
}

function whoOf(parts: readonly Fields[], actor: string): Who {
  return {
    actor,
    professional: textAt(partValue(parts, 'professionnel'), 'value'),
    structure: textAt(partValue(parts, 'structure'), 'value'),
  }
}

function emergenciesIn(parts: readonly Fields[]): number {
  return partsNamed(parts, 'parMode')
    .map((part) => listAt(part, 'part'))
    .filter((of) => partText(of, 'mode') !== 'normal')
    .reduce((sum, of) => sum + Number(partValue(of, 'aboutis') ?? 0), 0)
}

function count(parts: readonly Fields[], name: string): Child {
  const value = partValue(parts, name)
  return typeof value === 'number' ? String(value) : '0'
}

function titleWords(title: string, { words }: Telling): string {
  switch (title) {
    case 'autorisation':
    case 'medecin-traitant':
    case 'equipe-de-soins':
    case 'representation':
    case 'aidant':
      return words[title]
    default:
      return title
  }
}

/** Whether `$acces` was answered, and not refused. */
export function isAccesses(json: unknown): boolean {
  return valueAt(json, 'resourceType') === 'Parameters'
}
