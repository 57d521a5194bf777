/** Looking into a parsed CDA: elements of its namespace, by their local names. */
export const HL7 = 'urn:hl7-org:v3'

export function childrenOf(parent: Element | undefined, name: string): readonly Element[] {
  if (!parent) return []
  return [...parent.children].filter((child) => child.localName === name && child.namespaceURI === HL7)
}

/** The first at the end of this way. */
export function at(parent: Element | undefined, ...names: readonly string[]): Element | undefined {
  let here = parent
  for (const name of names) here = childrenOf(here, name)[0]
  return here
}

export function textOf(element: Element | undefined): string {
  return (element?.textContent ?? '').replace(/\s+/g, ' ').trim()
}

export function attribute(element: Element | undefined, name: string): string {
  return element?.getAttribute(name) ?? ''
}

/** `displayName`, else the text it was written as, else the code. */
export function codeWords(code: Element | undefined): string {
  return attribute(code, 'displayName') || textOf(at(code, 'originalText')) || attribute(code, 'code')
}
