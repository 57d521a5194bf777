/** What the parameters of ITI-66 and ITI-67 mean, in words. */

const shared: Readonly<Record<string, string>> = {
  _id: 'Logical id',
  _lastUpdated: 'When this version came to the server: of a deposit, a change of labels, a replacement',
  _profile: 'A profile that it claims',
  _security: 'A label of `meta.security`',
  _source: 'URI of `meta.source`',
  _tag: 'A tag of `meta.tag`',
  encounter: 'The encounter it is of',
  targetCommunityIdList: 'Community (homeCommunityId) that it belongs to, as its extension says',
}

export const documentWords: Readonly<Record<string, string>> = {
  ...shared,
  identifier:
    'masterIdentifier (XDS uniqueId) or identifier. Finds own documents without an authorisation (F9)',
  status: 'Status; `current` unless asked for',
  type: 'Type of document (JDV_J66)',
  category: 'Class of document (TRE_A03)',
  format: 'Format of the content',
  facility: 'Kind of facility',
  setting: 'Practice setting',
  event: 'Act or event documented',
  'security-label': 'Confidentiality and visibility',
  isArchived: 'Archived; `false` unless asked for',
  date: 'When the document was made available',
  creation: 'When the document was written',
  period: 'Period of care documented',
  'period-start': 'Begin of the care documented',
  'period-end': 'End of the care documented',
  author:
    'An author, by reference; `author:identifier` by the identifier of a logical one; chains into what is contained: ' +
    '`author.identifier`, `author.family`, `author.given`, `author:PractitionerRole.organization.name` …',
  authenticator: 'Who attests it: as `author`',
  custodian: 'The organisation that keeps it: as `author`',
  'author-profession': 'Profession of an author (TRE_G15)',
  'author-speciality': 'Speciality of an author',
  mots: 'Words of titles and description, in French: all of them, in any form, or as beginnings; 12 at most',
  description: 'Beginning of the description; `:contains`, `:exact`',
  contenttype: 'Media type of the content',
  language: 'Language of the content',
  location: 'URL of the content, as `Binary/[id]`',
  related: 'What it is related to, by reference or `related:identifier`',
  relatesto: 'The document that it replaces, transforms, appends or signs',
  relation: 'How it relates to another document: `replaces` …',
}

export const listWords: Readonly<Record<string, string>> = {
  ...shared,
  code: 'Kind of list, of MHDlistTypes: `submissionset` or `folder`',
  status: 'Status; `current` unless asked for',
  date: 'When it was submitted',
  identifier: 'uniqueId or entryUUID',
  title: 'Beginning of the title; `:contains`, `:exact`',
  notes: 'Beginning of a note',
  designationType: 'Kind of act (XDS contentTypeCode)',
  sourceId: 'Software or organisation that sent it',
  source:
    'Who sent it, by reference or `source:identifier`; chains: `source.family`, `source:Patient.given` …',
  authorOrg: 'Organisation of who sent it; chains: `authorOrg.identifier`, `authorOrg.name`',
  isArchived: 'Archived',
  item: 'A document that it names',
  'empty-reason': 'Why it is empty',
}
