/**
 * URL ↔ OID of the code systems in use: FHIR writes the one, CDA and XDS the other.
 * @see profiles/terminology/code-systems.json
 */
export type CodeSystemSource = {
  readonly systems: readonly (readonly [key: string, url: string, oid: string | null])[]
}

export type CodeSystems = {
  /** The URL we write for an OID (with or without `urn:oid:`); `urn:oid:…` when we know none. */
  urlOf(oid: string): string
  /** Whether two spellings, URL or OID, name one code system. */
  same(a: string, b: string): boolean
}

/** MHD examples and the ANS drafts write these for a system that has another canonical URL. */
const otherSpellings: readonly (readonly [url: string, oid: string])[] = [
  ['http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode', '1.3.6.1.4.1.19376.1.2.3'],
  ['http://profiles.ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode', '1.3.6.1.4.1.19376.1.2.3'],
]

export function buildCodeSystems(source: CodeSystemSource): CodeSystems {
  const urls = new Map<string, string>()
  const oids = new Map<string, string>(otherSpellings)
  for (const [, url, oid] of source.systems) {
    if (oid === null) continue
    oids.set(url, oid)
    if (!urls.has(oid)) urls.set(oid, url)
  }
  const oidOf = (system: string): string => {
    const bare = system.startsWith('urn:oid:') ? system.slice('urn:oid:'.length) : system
    return oids.get(bare) ?? oids.get(system) ?? bare
  }
  return {
    urlOf: (oid) => urls.get(oidOf(oid)) ?? `urn:oid:${oidOf(oid)}`,
    same: (a, b) => a === b || oidOf(a) === oidOf(b),
  }
}
