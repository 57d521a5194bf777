/** The document as the text that is kept: the same text for the same document. */
import { stringify } from 'yaml'
import type { Node } from './openapi-document.ts'

export function asYaml(document: Node): string {
  return stringify(document, {
    aliasDuplicateObjects: false,
    blockQuote: 'literal',
    lineWidth: 110,
    version: '1.2',
  })
}
