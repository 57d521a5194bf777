/** What the DMP makes of resources and their elements, where a reader of FHIR would not guess it. @see docs/profiles.md */
export const schemaWords: Readonly<Record<string, string>> = {
  AuditEvent: 'A trace, in the form of BALP (or of TdE, or of a decision): who did what, when, how, and why',
  'AuditEvent.agent': 'Who asked, for whom, with which software; the rules that decided stand in `policy`',
  'AuditEvent.entity': 'What was shown or written, as far as the reader may know of it',
  'AuditEvent.outcome': '`0` done, `4` refused, `8` failed',
  'AuditEvent.purposeOfEvent':
    'Why: treatment, bris de glace (`BTG`), centre 15 (`ETREAT`) …, and the access mode',
  Binary: 'The bytes of a document as a resource',
  'Binary.data': 'The bytes',
  Bundle: 'A transaction and its answer, a page of a search or history, a FHIR document, a notification',
  'Bundle.link':
    '`next` is the next page, and the only way to it; `monitor` of a history asks for what comes later',
  'Bundle.total': 'How many there are; told where it was counted',
  CareTeam: 'A care team of the patient (équipe de soins): its members are authorised together',
  'CareTeam.participant': 'A professional (IDNPS) or a structure (IDNST), by identifier',
  'CareTeam.status': '`active`: in force; `inactive`: ended',
  'CareTeam.subject': 'The record',
  Consent: 'One choice of the patient, for ever: made again, it is its next version',
  'Consent.category':
    'Which choice: a code of `https://dmp-fhir.example/CodeSystem/choix-patient`, see docs/api.md "Consent"',
  'Consent.patient': 'The record',
  'Consent.provision': 'permit or deny, and whom or what the choice names',
  'Consent.status': '`active`: in force from the next request on; `inactive`: ended',
  DocumentReference: 'Metadata of a document, by PDSm 3.1.1 or MHD',
  'DocumentReference.masterIdentifier': 'uniqueId (XDS): once in a record',
  'DocumentReference.identifier': 'entryUUID (XDS), and others',
  'DocumentReference.status':
    '`current`; `superseded`: replaced by another; `entered-in-error`: deleted by its author or the patient',
  'DocumentReference.type':
    'Type of document, of JDV_J66 (LOINC, TRE_A05): the habilitation matrix goes by it',
  'DocumentReference.category': 'Class of document, of TRE_A03; it follows from the type (ASS_X16)',
  'DocumentReference.subject': 'The patient: `Patient/[id]`, or `Patient?identifier=system|INS` when sent',
  'DocumentReference.date': 'When it was made available',
  'DocumentReference.author': 'Who wrote it: contained, with IDNPS; or by identifier',
  'DocumentReference.authenticator': 'Who answers for it (legalAuthenticator)',
  'DocumentReference.custodian': 'The structure that keeps it (IDNST)',
  'DocumentReference.relatesTo':
    '`replaces`, `transforms`, `appends` or `signs` another document of the record',
  'DocumentReference.securityLabel':
    'Confidentiality (`N`, `R`, `V`) and visibility: `MASQUE_PS`, `INVISIBLE_PATIENT`, `INVISIBLE_REPRESENTANTS_LEGAUX`',
  'DocumentReference.content': 'One: the file',
  'DocumentReference.content.format': 'Format of the content, as `urn:asip:ci-sis:ldl-ses:2017`',
  'DocumentReference.context':
    'The care that it is of: event, period, kind of facility, setting, patient as the source knew it',
  'Attachment.data': 'The bytes, when a document is sent with them (ITI-105)',
  'Attachment.hash': 'SHA-1 of the bytes: checked',
  'Attachment.size': 'Number of bytes: checked',
  'Attachment.url': '`Binary/[id]` or `Bundle/[id]`; in a transaction, the `fullUrl` of the content',
  Extension: 'An extension; `value[x]` of the types that are met here',
  List: 'A submission set (lot de soumission), or a folder (classeur)',
  'List.code': '`submissionset` or `folder`, of MHDlistTypes',
  'List.entry': 'Documents, and in a set its folders; of a folder, those that the reader may see',
  'List.subject': 'The patient',
  MeasureReport: 'One month of a usage indicator',
  'MeasureReport.status': '`complete`, or `pending` while the month is not over and counted',
  OperationOutcome: 'Why a request is refused, or what there is to say of one that is done',
  'OperationOutcome.issue':
    'One for each fault: `details.coding` has the code (docs/errors.md) and, where a rule decided, its id (docs/policy.md); ' +
    '`expression` the element',
  Parameters: 'What goes into an operation, and comes out of one',
  Patient: 'The patient of a record',
  'Patient.active': 'Whether the record is open',
  'Patient.identifier': 'The INS: matricule, and the OID that says of which kind',
  Provenance: 'The seal of one version of a document, and who made that version',
  'Provenance.signature':
    'A detached JWS (ES256) over the text of the extension `texte-scelle`: docs/seal.md',
  'Provenance.target': 'The version that is sealed',
  Subscription: 'Be told of what comes into one record: R5 Subscriptions Backport, rest-hook',
  'Subscription.channel': 'A rest-hook on a host that the operator has listed',
  'Subscription.criteria': 'The topic; the record stands in the extension `backport-filter-criteria`',
  'Subscription.status': '`requested`, `active` after the handshake, `error` while deliveries fail, `off`',
}
