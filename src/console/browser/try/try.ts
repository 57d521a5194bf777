/**
 * The page "Try it": who one is, in which record, in which mode; documents, choices, and the journal of what was asked.
 * Tokens and the journal live in this page alone; the records made here, in the tab.
 */

import { tryWords } from '../../try/try-words.ts'
import { filled, inLanguage } from '../../words.ts'
import { replaceContent } from '../frame/element.ts'
import { find, pageLanguage, serverPath } from '../frame/this-page.ts'
import { type RoleKey, roleKeys, roleOf } from '../sandbox/cast.ts'
import { recordPicker } from '../sandbox/record-picker.ts'
import { type Access, normal, workbench } from '../sandbox/workbench.ts'
import { accessMode } from './access-mode.ts'
import { choiceActions } from './choice-actions.ts'
import type { Desk } from './desk.ts'
import { documentsList } from './documents-list.ts'
import { journalView } from './journal-view.ts'
import { makeRecord } from './make-record.ts'
import { openedDocument } from './open-document.ts'
import { fillRoles } from './role-options.ts'

const language = pageLanguage()
const words = inLanguage(tryWords, language)
const roles = find('#role', HTMLSelectElement)
const steps = find('#steps', HTMLElement)
const empty = find('#empty', HTMLElement)
const said = find('#said', HTMLElement)
const explained = find('#explain', HTMLInputElement)
const letter = find('#letter', HTMLTemplateElement).content.textContent ?? ''

const journal = journalView(steps, find('#live', HTMLElement), language)
const told: typeof journal = {
  add: (step) => {
    empty.hidden = true
    journal.add(step)
  },
  fail: journal.fail,
}
const bench = workbench(serverPath(''), language, told, () => explained.checked)
let access: Access = normal

const role = (): RoleKey => roleKeys.find((key) => key === roles.value) ?? 'gp'
const picker = recordPicker(find('#record', HTMLSelectElement), bench, words, () => seatTaken())
const desk: Desk = {
  language,
  words,
  role,
  record: picker.chosen,
  access: () => access,
  setAccess: (next) => {
    access = next
  },
  ask: (title, call) => {
    const record = picker.chosen()
    return bench.perform({
      title,
      role: role(),
      access,
      call,
      ...(record ? { ins: record.ins, patientId: record.id } : {}),
    })
  },
  say: (text) => {
    said.textContent = text
  },
}

const opened = openedDocument(desk, async () => documents.refresh())
const documents = documentsList(desk, (document) => opened.open(document))
const showMode = accessMode(desk, async () => {
  opened.close()
  await documents.load()
})

/** Another persona or another record: what was on the desk is not theirs. */
function seatTaken(): void {
  access = normal
  opened.close()
  documents.clear()
  showMode()
  find('#about', HTMLElement).textContent = roleOf(role()).about[language]
  find('#documents-heading', HTMLElement).textContent = filled(words.documentsAs, {
    who: roleOf(role()).name[language],
  })
}

async function make(): Promise<void> {
  desk.say(words.making)
  const record = await makeRecord(bench, letter, words)
  desk.say(record ? words.made : words.notMade)
  if (!record) return
  picker.add(record)
  await documents.load()
}

async function findOther(): Promise<void> {
  const matricule = find('#matricule', HTMLInputElement).value.replace(/\s+/g, '')
  const isThere = /^[0-9AB]{15}$/.test(matricule) && (await picker.find(matricule))
  desk.say(isThere ? '' : words.notFound)
}

fillRoles(roles, language)
choiceActions(desk, async () => documents.refresh())
roles.addEventListener('change', seatTaken)
find('#make', HTMLButtonElement).addEventListener('click', () => void make())
find('#find', HTMLButtonElement).addEventListener('click', () => void findOther())
find('#filters', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  opened.close()
  void documents.load()
})
find('#clear', HTMLButtonElement).addEventListener('click', () => {
  replaceContent(steps)
  empty.hidden = false
})
find('#who', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault())
find('#who', HTMLFormElement).hidden = false
find('#desk', HTMLElement).hidden = false
seatTaken()
void picker.load()
