/** The system of a `client_id`, wherever software is named: the Device of a trace, of a Provenance, of a Consent to a service. */
export const clientSystem = 'https://dmp-fhir.example/client'
