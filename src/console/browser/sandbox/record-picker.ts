/**
 * Which record: those this tab has made, those that authorise the sandbox's GP (TD0.4, so those of `dmp seed` too), and any
 * other by its matricule (TD0.2, as a form: no matricule stands in an address).
 */

import { element, replaceContent } from '../frame/element.ts'
import type { Answer } from './exchange.ts'
import { type KnownRecord, rememberedRecords, rememberRecord } from './known-record.ts'
import { TEST_SYSTEM } from './matricule.ts'
import { type Fields, resourcesOf, textAt } from './read-json.ts'
import type { Workbench } from './workbench.ts'

export type RecordTexts = {
  readonly noRecord: string
  readonly stepRecords: string
  readonly stepFind: string
}

export type RecordPicker = {
  readonly chosen: () => KnownRecord | undefined
  /** Takes it into the list and chooses it. */
  readonly add: (record: KnownRecord) => void
  /** @returns whether there is one */
  readonly find: (matricule: string) => Promise<boolean>
  /** Asks which records authorise the GP. */
  readonly load: () => Promise<void>
}

export function recordPicker(
  select: HTMLSelectElement,
  bench: Workbench,
  words: RecordTexts,
  changed: () => void,
): RecordPicker {
  const records = new Map(rememberedRecords(sessionStorage).map((record) => [record.id, record]))
  const show = (chosen?: string): void => {
    const options = [...records.values()].map(({ id, name }) =>
      element('option', { value: id }, `${name} (${id.slice(-6)})`),
    )
    replaceContent(select, options.length > 0 ? options : element('option', { value: '' }, words.noRecord))
    if (chosen !== undefined) select.value = chosen
  }
  const chosen = (): KnownRecord | undefined => records.get(select.value)
  const add = (record: KnownRecord): void => {
    records.set(record.id, record)
    rememberRecord(sessionStorage, record)
    show(record.id)
    changed()
  }
  select.addEventListener('change', () => {
    const record = chosen()
    if (record) rememberRecord(sessionStorage, record)
    changed()
  })
  show()
  return {
    chosen,
    add,
    async find(matricule) {
      const body = new URLSearchParams({ identifier: `${TEST_SYSTEM}|${matricule}` })
      const answer = await bench.perform({
        title: words.stepFind,
        role: 'administration',
        call: { method: 'POST', path: '/Patient/_search', body },
      })
      const [record] = recordsIn(answer)
      if (record) add(record)
      return record !== undefined
    },
    async load() {
      const answer = await bench.perform({
        title: words.stepRecords,
        role: 'gp',
        call: { method: 'GET', path: '/Patient/$dossiers?_count=50' },
      })
      for (const record of recordsIn(answer)) if (!records.has(record.id)) records.set(record.id, record)
      show(chosen()?.id)
      changed()
    },
  }
}

function recordsIn(answer: Answer | undefined): readonly KnownRecord[] {
  return resourcesOf(answer?.json, 'Patient').flatMap((patient) => {
    const record = recordOf(patient)
    return record.id !== '' && record.ins.value !== '' ? [record] : []
  })
}

function recordOf(patient: Fields): KnownRecord {
  const family = textAt(patient, 'name', 0, 'family')
  const given = textAt(patient, 'name', 0, 'given', 0)
  return {
    id: textAt(patient, 'id'),
    ins: {
      system: textAt(patient, 'identifier', 0, 'system'),
      value: textAt(patient, 'identifier', 0, 'value'),
    },
    name: `${family} ${given}`.trim() || textAt(patient, 'id').slice(0, 8),
  }
}
