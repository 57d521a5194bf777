/** Consents and what they change: authorise, block, object, name relatives. Any persona may try; the server decides. */
import { element, replaceContent } from '../frame/element.ts'
import { find } from '../frame/this-page.ts'
import { type RoleKey, relativeOf, roleKeys, roleOf } from '../sandbox/cast.ts'
import {
  type Category,
  type Choice,
  choiceSystem,
  consentOf,
  practitionerSystem,
} from '../sandbox/choices.ts'
import { button } from '../sandbox/controls.ts'
import { resourcesOf, textAt } from '../sandbox/read-json.ts'
import type { Desk } from './desk.ts'

const YEAR_MS = 365 * 86_400_000

/** @param changed the documents are to be looked for anew */
export function choiceActions(desk: Desk, changed: () => Promise<void>): void {
  const { words, language } = desk
  const concerned = element(
    'select',
    { id: 'concerned', autocomplete: 'off' },
    roleKeys.flatMap((key) => professionalOption(key, language)),
  )
  concerned.value = 'hearingAidMaker' satisfies RoleKey

  const choose = async (title: string, choice: Choice): Promise<void> => {
    const record = desk.record()
    if (!record) return desk.say(words.chooseFirst)
    const answer = await desk.ask(title, {
      method: 'POST',
      path: '/Consent',
      body: consentOf(record.id, choice),
    })
    if (answer && answer.status < 300) await changed()
  }
  const professional = (): { professional: string } => ({ professional: idOf(concerned.value) })
  const about = (title: string, category: Category, provision: Choice['provision'] = 'permit') =>
    button(title, () => choose(title, { category, provision, names: professional() }))

  /** The Consent is found first: its id and version are what is changed. */
  const end = async (title: string, category: Category): Promise<void> => {
    const record = desk.record()
    if (!record) return desk.say(words.chooseFirst)
    const query = new URLSearchParams({
      patient: record.id,
      category: `${choiceSystem}|${category}`,
      'actor:identifier': `${practitionerSystem}|${professional().professional}`,
      status: 'active',
    })
    const found = await desk.ask(words.stepFindChoice, { method: 'GET', path: `/Consent?${query}` })
    if (found?.status !== 200) return
    const [consent] = resourcesOf(found.json, 'Consent')
    if (!consent) return desk.say(words.noneOfIt)
    const answer = await desk.ask(title, {
      method: 'PUT',
      path: `/Consent/${textAt(consent, 'id')}`,
      headers: { 'if-match': `W/"${textAt(consent, 'meta', 'versionId')}"` },
      body: { ...consent, status: 'inactive' },
    })
    if (answer && answer.status < 300) await changed()
  }
  const declare = (): Promise<void> => {
    const {
      nationalId,
      structureId = '',
      authentication,
    } = roleOf(desk.role()).persona({ system: '', value: '' })
    // Who acts in the name of a structure declares the structure (F2).
    const inPerson = nationalId !== undefined && authentication === 'DIRECTE'
    const names = inPerson ? { professional: nationalId } : { structure: structureId }
    return choose(words.declare, { category: 'autorisation', provision: 'permit', names })
  }
  const relative = (title: string, category: 'aidant' | 'representation') => {
    const name = (): Promise<void> => {
      const record = desk.record()
      if (!record) return Promise.resolve(desk.say(words.chooseFirst))
      const person = relativeOf(category === 'aidant' ? 'AIDANT' : 'REPRESENTANT_LEGAL', record.ins)
      const until = new Date(Date.now() + YEAR_MS).toISOString().slice(0, 10)
      return choose(title, { category, provision: 'permit', names: { person }, until })
    }
    return button(title, name)
  }
  const general = (title: string, category: Category, provision: Choice['provision']) =>
    button(title, () => choose(title, { category, provision }))
  const asking = (title: string, path: (id: string) => string) =>
    button(title, async () => {
      const record = desk.record()
      if (record) await desk.ask(title, { method: 'GET', path: path(record.id) })
      else desk.say(words.chooseFirst)
    })

  replaceContent(
    find('#choices', HTMLElement),
    element(
      'div',
      { class: 'row' },
      button(words.declare, declare, { id: 'declare' }),
      asking(words.rights, (id) => `/Patient/${id}/$droits`),
      asking(words.listChoices, (id) => `/Consent?patient=${id}&status=active`),
    ),
    element(
      'div',
      { class: 'group' },
      element(
        'div',
        { class: 'field' },
        element('label', { for: 'concerned' }, words.professional),
        concerned,
      ),
      element(
        'div',
        { class: 'row' },
        about(words.authorise, 'autorisation'),
        button(words.endAuthorisation, () => end(words.endAuthorisation, 'autorisation')),
        about(words.block, 'blocage', 'deny'),
        button(words.unblock, () => end(words.unblock, 'blocage')),
        about(words.nameGp, 'medecin-traitant'),
      ),
    ),
    group(
      words.emergencies,
      general(words.objectGlass, 'bris-de-glace', 'deny'),
      general(words.permitGlass, 'bris-de-glace', 'permit'),
      general(words.object15, 'centre-15', 'deny'),
      general(words.permit15, 'centre-15', 'permit'),
      general(words.permitMasked, 'masques-en-urgence', 'permit'),
      general(words.denyMasked, 'masques-en-urgence', 'deny'),
    ),
    group(
      words.relatives,
      relative(words.nameAidant, 'aidant'),
      relative(words.nameRepresentative, 'representation'),
    ),
  )
}

function group(title: string, ...buttons: readonly HTMLElement[]): HTMLElement {
  return element(
    'div',
    { class: 'group', role: 'group', 'aria-label': title },
    element('h3', {}, title),
    element('div', { class: 'row' }, buttons),
  )
}

function professionalOption(key: RoleKey, language: Desk['language']): HTMLElement[] {
  const role = roleOf(key)
  const { nationalId } = role.persona({ system: '', value: '' })
  return nationalId === undefined ? [] : [element('option', { value: key }, role.name[language])]
}

function idOf(key: string): string {
  const known = roleKeys.find((each) => each === key) ?? 'gp'
  return roleOf(known).persona({ system: '', value: '' }).nationalId ?? ''
}
