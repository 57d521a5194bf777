/**
 * What the references of a document or a list may lead to inside it: people, structures and devices, contained. A chain
 * reaches these and no other resource: a record has none of them by themselves.
 * @see PDSm comprehensive DocumentReference, SubmissionSet: contained authors; MHD ITI-66, ITI-67: chains of given, family
 */

type Embedded = {
  /** Parameters of the type that a chain may end in. */
  readonly ends: readonly string[]
  /** Parameters that lead on, to another contained resource. */
  readonly links: readonly string[]
  /**
   * Parameters of the person behind it that count as its own: who looks for a family name does not know whether the author
   * is named as a person or in a role.
   */
  readonly borrows?: {
    readonly from: 'practitioner'
    readonly type: 'Practitioner'
    readonly ends: readonly string[]
  }
}

export const embeddedTypes: ReadonlyMap<string, Embedded> = new Map<string, Embedded>([
  ['Practitioner', { ends: ['identifier', 'family', 'given', 'name'], links: [] }],
  [
    'PractitionerRole',
    {
      ends: ['identifier', 'role', 'specialty'],
      links: ['practitioner', 'organization'],
      borrows: {
        from: 'practitioner',
        type: 'Practitioner',
        ends: ['identifier', 'family', 'given', 'name'],
      },
    },
  ],
  ['Organization', { ends: ['identifier', 'name', 'type'], links: [] }],
  ['Patient', { ends: ['identifier', 'family', 'given', 'name'], links: [] }],
  ['RelatedPerson', { ends: ['identifier', 'name'], links: [] }],
  ['Device', { ends: ['identifier', 'device-name', 'type'], links: [] }],
])

/** Of each type: the references that chains may begin with. */
export const chainedParameters: Readonly<Record<'DocumentReference' | 'List', readonly string[]>> = {
  DocumentReference: ['author', 'authenticator', 'custodian'],
  List: ['source', 'authorOrg'],
}

/** Types whose parameters are extracted for a record: those that are searched, and those inside them. */
export const recordTypes: readonly string[] = ['DocumentReference', 'List', ...embeddedTypes.keys()]
