/**
 * When the care took place that a resource tells of: the search parameters of its type that say so. For `start` and `end`
 * of `$everything`, which mean the time of care and not that of the record.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 *
 * The types of the Patient compartment that are not here have no time of care that can be searched, or hold over time:
 * allergies, conditions, coverage, consents. They belong to any time. So does a resource of these types without a date.
 */
export const careDates: ReadonlyMap<string, readonly string[]> = new Map([
  ['Account', ['period']],
  ['AdverseEvent', ['date']],
  ['Appointment', ['date']],
  ['CarePlan', ['date', 'activity-date']],
  ['CareTeam', ['date']],
  ['ChargeItem', ['occurrence']],
  ['ClinicalImpression', ['date']],
  ['Communication', ['sent', 'received']],
  ['CommunicationRequest', ['occurrence']],
  ['Composition', ['period', 'date']],
  ['DetectedIssue', ['identified']],
  ['DeviceRequest', ['event-date']],
  ['DiagnosticReport', ['date']],
  ['DocumentReference', ['period']],
  ['Encounter', ['date']],
  ['EpisodeOfCare', ['date']],
  ['Flag', ['date']],
  ['ImagingStudy', ['started']],
  ['Immunization', ['date']],
  ['ImmunizationEvaluation', ['date']],
  ['ImmunizationRecommendation', ['date']],
  ['Invoice', ['date']],
  ['MeasureReport', ['period']],
  ['Media', ['created']],
  ['MedicationAdministration', ['effective-time']],
  ['MedicationDispense', ['whenhandedover', 'whenprepared']],
  ['MedicationRequest', ['date', 'authoredon']],
  ['MedicationStatement', ['effective']],
  ['NutritionOrder', ['datetime']],
  ['Observation', ['date']],
  ['Procedure', ['date']],
  ['QuestionnaireResponse', ['authored']],
  ['RequestGroup', ['authored']],
  ['ResearchSubject', ['date']],
  ['RiskAssessment', ['date']],
  ['Schedule', ['date']],
  ['ServiceRequest', ['occurrence', 'authored']],
  ['Specimen', ['collected']],
  ['SupplyRequest', ['date']],
  ['VisionPrescription', ['datewritten']],
])
