/** Namespaces that a FHIR XML document may name. @see https://hl7.org/fhir/R4/xml.html */

export const FHIR = 'http://hl7.org/fhir'
export const XHTML = 'http://www.w3.org/1999/xhtml'
export const XMLNS = 'http://www.w3.org/2000/xmlns/'
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
