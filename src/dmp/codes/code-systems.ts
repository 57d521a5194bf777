/**
 * The code systems in use by all their names: FHIR writes a URL, CDA and XDS an OID, and published examples yet others.
 * What a client sent is kept as it was sent; it is compared, indexed and searched by the one name that is canonical here.
 * @see profiles/terminology/code-systems.json; docs/profiles.md "Spellings"
 */
export type CodeSystemSource = {
  readonly systems: readonly (readonly [key: string, url: string, oid: string | null])[]
}

export type CodeSystems = {
  /** The URL we write for an OID (with or without `urn:oid:`); `urn:oid:…` when we know none. */
  urlOf(oid: string): string
  /** Whether two spellings, URL or OID, name one code system. */
  same(a: string, b: string): boolean
  /** The one name of a system among its spellings; itself when it has no others. */
  canonical(system: string): string
}

/** What examples and drafts write, and what they mean by it: the OID, or the URL of a system that has none. */
const otherSpellings: readonly (readonly [spelling: string, means: string])[] = [
  // MHD's examples and the ANS drafts, for TRE_A11.
  ['http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode', '1.3.6.1.4.1.19376.1.2.3'],
  ['http://profiles.ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode', '1.3.6.1.4.1.19376.1.2.3'],
  ['https://profiles.ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode', '1.3.6.1.4.1.19376.1.2.3'],
  // TRE_A09 by its URL, where the table of formats writes the OID.
  [
    'https://mos.esante.gouv.fr/NOS/TRE_A09-DICOMuidRegistry/FHIR/TRE-A09-DICOMuidRegistry',
    '1.2.840.10008.2.6.1',
  ],
  // "Status" for "Statut", in the example of PDSm itself.
  [
    'https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument',
    '1.2.250.1.213.1.1.4.13',
  ],
  // XDS names these two by a word where an OID should be.
  ['urn:oid:URN', 'https://mos.esante.gouv.fr/NOS/TRE_A10-NomenclatureURN/FHIR/TRE-A10-NomenclatureURN'],
  ['urn:oid:ASTM', 'https://mos.esante.gouv.fr/NOS/TRE_A12-NomenclatureASTM/FHIR/TRE-A12-NomenclatureASTM'],
]

const OID = 'urn:oid:'
const MAX_NAMES = 5_000
const MAX_LENGTH = 200
/** PDSm's examples of queries write the systems of IHE so. */
const IHE_OVER_HTTP = /^http:\/\/profiles\.ihe\.net\//

export function buildCodeSystems(source: CodeSystemSource): CodeSystems {
  const urls = new Map<string, string>()
  const oids = new Map<string, string>(otherSpellings)
  for (const [, url, oid] of source.systems) {
    if (oid === null) continue
    oids.set(url, oid)
    if (!urls.has(oid)) urls.set(oid, url)
  }
  const oidOf = (system: string): string => {
    const bare = system.startsWith(OID) ? system.slice(OID.length) : system
    return oids.get(system) ?? oids.get(bare) ?? bare
  }
  const nameOf = (system: string): string => {
    const meant = oidOf(system)
    const known = urls.get(meant)
    if (known !== undefined) return known
    const url = isOid(meant) ? `${OID}${meant}` : meant
    return url.replace(IHE_OVER_HTTP, 'https://profiles.ihe.net/')
  }
  // Asked some hundred times for each document, nearly always of one that is known.
  const names = new Map(
    [...oids.keys(), ...urls.keys(), ...urls.values()].map((known) => [known, nameOf(known)]),
  )
  const canonical = (system: string): string => {
    const known = names.get(system)
    if (known !== undefined) return known
    const name = nameOf(system)
    // Others are remembered too, as long as they are not made up one after the other.
    if (names.size < MAX_NAMES && system.length < MAX_LENGTH) names.set(system, name)
    return name
  }
  return { urlOf: canonical, same: (a, b) => a === b || canonical(a) === canonical(b), canonical }
}

function isOid(text: string): boolean {
  return /^[0-2](?:\.\d+)+$/.test(text)
}
