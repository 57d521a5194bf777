/** Faults on the ways of documents: a condition forgotten on one path. */
import type { PlantedLeak } from './planted-leak.ts'

const scope = 'src/policy/document-scope.ts'
const condition = 'src/storage/documents/document-condition.ts'
const search = 'src/storage/documents/search-documents.ts'
const dmp = 'src/interactions/dmp'

export const leaksOfDocuments: readonly PlantedLeak[] = [
  {
    name: 'a masked document is read by its id',
    file: scope,
    of: `if (document.masked && scope.masked === 'own' && !own) return false`,
    instead: '',
  },
  {
    name: 'a masked document is found by a search',
    file: condition,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text, not a text
    of: 'sql`(not d.masked or ${own})`',
    instead: 'sql`true`',
  },
  {
    name: 'what is not announced is read by the patient',
    file: scope,
    of: 'if (document.invisiblePatient && !scope.invisiblePatient) return false',
    instead: '',
  },
  {
    name: 'what is not announced is found by the patient',
    file: condition,
    of: 'if (!scope.invisiblePatient) conditions.push(sql`not d.invisible_patient`)',
    instead: '',
  },
  {
    name: 'a secret connection finds more than secrets',
    file: condition,
    of: `if (scope.invisibleLegal === 'only') conditions.push(sql\`d.invisible_legal\`)`,
    instead: '',
  },
  {
    name: 'the total counts what is hidden',
    file: search,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text, not a text
    of: 'from document d where ${everything(patientKey, part, search)} and ${more})`',
    instead: `from document d where \${everything(patientKey, { types: 'every', onlyOwn: false, masked: 'all',
        invisiblePatient: true, invisibleLegal: 'shown', withdrawn: true, self: [] }, search)} and \${more})\``,
  },
  {
    name: 'the last page says that there is more',
    file: search,
    of: 'const last = found.length > entries.length ?',
    instead: 'const last = found.length >= search.count ?',
  },
  {
    name: 'a submission set tells of hidden documents',
    file: 'src/storage/documents/list-condition.ts',
    of: 'then l.documents[1] in (select s.id from seen s)',
    instead: 'then true',
  },
  {
    name: 'a search of sets is not held to the rule for sets',
    file: 'src/storage/documents/search-lists.ts',
    of: '      ...criteria.map((criterion) => criterionCondition(place, criterion)),\n      listCondition,',
    instead: '      ...criteria.map((criterion) => criterionCondition(place, criterion)),',
  },
  {
    name: 'a history of the type shows versions of hidden documents',
    file: 'src/storage/documents/read-changes.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text, not a text
    of: 'where c.patient_key = ${patientKey}::uuid and ${documentCondition(scope)}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text, not a text
    instead: 'where c.patient_key = ${patientKey}::uuid',
  },
  {
    name: 'content is served without its document',
    file: `${dmp}/documents/retrieve-document.ts`,
    of: 'if (!document || !holds(scope, document.facts)) throw unknown()',
    instead: 'if (!document) throw unknown()',
  },
  {
    name: 'what is hidden is forbidden, not absent',
    file: `${dmp}/documents/read-document-reference.ts`,
    of: 'if (!document || !holds(scope, document.facts)) throw unknown()',
    instead: `if (!document) throw unknown()
  if (!holds(scope, document.facts)) throw Object.assign(unknown(), { category: 'forbidden' })`,
  },
  {
    name: 'who may find its own finds all',
    file: condition,
    of: 'if (scope.onlyOwn) conditions.push(own)',
    instead: '',
  },
  {
    name: 'an aidant sees what is archived',
    file: condition,
    of: `if (!scope.withdrawn) conditions.push(sql\`(d.status = 'current' and not d.archived)\`)`,
    instead: '',
  },
  {
    name: 'traces name what is hidden from their reader',
    file: `${dmp}/traces/without-unseen.ts`,
    of: "named(trace, 'DocumentReference').every((id) => seenDocuments.has(id)) &&",
    instead: 'true &&',
  },
]
