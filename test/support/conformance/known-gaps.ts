/**
 * What R4 says a server SHOULD do and ours does not, each with its reason. A case in this table that passes fails the
 * run, so that the table stays true; a MUST cannot stand here.
 */
export const knownGaps: ReadonlyMap<string, string> = new Map([
  [
    'batch: the capabilities can be asked in a batch',
    'GET metadata is answered by its own address, without a trace, and not inside a Bundle',
  ],
  [
    'formats-xml: elements out of order are refused',
    'elements of different names are taken in any order: nothing is lost, and HL7’s own parser takes them too',
  ],
  [
    'operation-everything: start and end keep to a time of care',
    'there is no index of care dates across types',
  ],
  [
    'operation-meta: $meta of a type and of the system',
    'tags in use are not counted: it would read every resource',
  ],
  [
    'search-sort: by a token: Patient?_sort=-gender,family in the order a, d, b, c',
    'tokens lie as hashes, without an order (decision 0008): refused, naming what can be sorted by',
  ],
  [
    'search-sort: by a token: Patient?_sort=gender,-birthdate in the order c, b, a, d',
    'tokens lie as hashes, without an order (decision 0008): refused, naming what can be sorted by',
  ],
  [
    'search-uri: ValueSet?url:below=http://acme.example/fhir/ finds set, deep, slash',
    'a trailing slash of the asked URL is left out: what is named without it is found too',
  ],
])
