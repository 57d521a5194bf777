/**
 * The header of a CDA, in the order of its schema: of whom it is, who wrote it and when, for whom.
 * @see CI-SIS, volet Structuration minimale
 */
import { inLanguage, type Language } from '../../words.ts'
import { element } from '../frame/element.ts'
import { timeWords } from './cda-time.ts'
import { cdaWords } from './cda-words.ts'
import { at, attribute, childrenOf, codeWords, textOf } from './xml-node.ts'

/** Systems of the matricule: NIR, NIA, tests, demonstrations. */
const insRoots = /^1\.2\.250\.1\.213\.1\.4\.(?:8|9|10|11)$/
const MAX_LINES = 40

export function cdaHeaderView(root: Element, language: Language): HTMLElement {
  const words = inLanguage(cdaWords, language)
  const lines: [string, string][] = []
  const add = (label: string, ...parts: readonly string[]): void => {
    const text = parts.filter((part) => part !== '').join(', ')
    if (text !== '') lines.push([label, text])
  }
  for (const target of childrenOf(root, 'recordTarget')) {
    const role = at(target, 'patientRole')
    const patient = at(role, 'patient')
    const born = attribute(at(patient, 'birthTime'), 'value')
    add(
      words.patient,
      nameOf(at(patient, 'name')),
      birthName(at(patient, 'name'), words.bornAs),
      born === '' ? '' : `${words.bornOn} ${timeWords(born, language)}`,
      sexOf(patient, words),
      ...matricules(role).map((value) => `${words.matricule} ${value}`),
    )
  }
  const written = attribute(at(root, 'effectiveTime'), 'value')
  if (written !== '') add(words.date, timeWords(written, language))
  for (const author of childrenOf(root, 'author')) add(words.author, ...actorOf(at(author, 'assignedAuthor')))
  for (const informant of childrenOf(root, 'informant')) {
    const related = at(informant, 'relatedEntity')
    add(words.informant, nameOf(at(related, 'relatedPerson', 'name')), codeWords(at(related, 'code')))
  }
  add(
    words.custodian,
    organisationName(at(root, 'custodian', 'assignedCustodian', 'representedCustodianOrganization')),
  )
  for (const recipient of childrenOf(root, 'informationRecipient')) {
    const intended = at(recipient, 'intendedRecipient')
    add(
      words.recipient,
      nameOf(at(intended, 'informationRecipient', 'name')),
      organisationName(at(intended, 'receivedOrganization')),
    )
  }
  add(words.authenticator, ...actorOf(at(root, 'legalAuthenticator', 'assignedEntity')))
  for (const participant of childrenOf(root, 'participant')) {
    const entity = at(participant, 'associatedEntity')
    const function_ = codeWords(at(participant, 'functionCode'))
    add(
      function_ || words.participant,
      nameOf(at(entity, 'associatedPerson', 'name')),
      codeWords(at(entity, 'code')),
    )
  }
  for (const documented of childrenOf(root, 'documentationOf')) {
    const service = at(documented, 'serviceEvent')
    add(words.service, codeWords(at(service, 'code')), periodOf(at(service, 'effectiveTime'), language))
  }
  const encounter = at(root, 'componentOf', 'encompassingEncounter')
  add(
    words.encounter,
    codeWords(at(encounter, 'location', 'healthCareFacility', 'code')),
    periodOf(at(encounter, 'effectiveTime'), language),
  )
  add(words.version, attribute(at(root, 'versionNumber'), 'value'))
  add(words.confidentiality, codeWords(at(root, 'confidentialityCode')))
  return element(
    'dl',
    { class: 'terms' },
    lines
      .slice(0, MAX_LINES)
      .map(([label, text]) =>
        element('div', {}, element('dt', {}, label), element('dd', {}, text.slice(0, 500))),
      ),
  )
}

function actorOf(actor: Element | undefined): string[] {
  const device = textOf(at(actor, 'assignedAuthoringDevice', 'softwareName'))
  return [
    nameOf(at(actor, 'assignedPerson', 'name')) || device,
    codeWords(at(actor, 'code')),
    organisationName(at(actor, 'representedOrganization')),
  ]
}

function organisationName(organisation: Element | undefined): string {
  return textOf(at(organisation, 'name'))
}

/** Prefix, given names and family name as the document has them; the name in use before that at birth. */
function nameOf(name: Element | undefined): string {
  if (!name) return ''
  const parts = (part: string): readonly Element[] => childrenOf(name, part)
  const chosen = (part: string): string => {
    const all = parts(part)
    const of = (qualifier: string): Element | undefined =>
      all.find((each) => attribute(each, 'qualifier') === qualifier)
    return textOf(of('CL') ?? all.find((each) => attribute(each, 'qualifier') === '') ?? of('BR') ?? all[0])
  }
  const all = [textOf(parts('suffix')[0]), chosen('given'), chosen('family')].filter((part) => part !== '')
  return all.length > 0 ? all.join(' ') : textOf(name)
}

function birthName(name: Element | undefined, label: string): string {
  const family = childrenOf(name, 'family').find((each) => attribute(each, 'qualifier') === 'BR')
  return family ? `${label} ${textOf(family)}` : ''
}

function sexOf(patient: Element | undefined, words: { sex: string; female: string; male: string }): string {
  const code = attribute(at(patient, 'administrativeGenderCode'), 'code')
  if (code === 'F') return `${words.sex} ${words.female}`
  return code === 'M' ? `${words.sex} ${words.male}` : ''
}

function matricules(role: Element | undefined): string[] {
  return childrenOf(role, 'id').flatMap((id) =>
    insRoots.test(attribute(id, 'root')) ? [attribute(id, 'extension')] : [],
  )
}

function periodOf(time: Element | undefined, language: Language): string {
  const words = inLanguage(cdaWords, language)
  const part = (word: string, name: string): string => {
    const value = attribute(at(time, name), 'value')
    return value === '' ? '' : `${word} ${timeWords(value, language)}`
  }
  const single = attribute(time, 'value')
  if (single !== '') return timeWords(single, language)
  return [part(words.from, 'low'), part(words.to, 'high')].filter((text) => text !== '').join(' ')
}
