/**
 * What a summary says of itself, in French as its sections are: what it is made of, what it leaves out, and that a line
 * which is missing means nothing.
 */
import type { CompositionSection } from '@medplum/fhirtypes'
import { escapeText } from '../../../fhir/xml-escape.ts'
import { sourceExtension } from './synthese-source-extension.ts'
import type { ReadSource, Source, Unread, UnreadSource } from './synthese-sources.ts'
import { dayInParis } from './synthese-sources.ts'

type Told = {
  readonly now: number
  readonly read: readonly ReadSource[]
  readonly unread: readonly UnreadSource[]
  readonly more: boolean
}

export function limitsText({ now, read, unread, more }: Told): string {
  const sources = read.map((source) => `<li>${named(source)}</li>`).join('')
  return [
    `<p>Synthèse établie le ${dayInParis(now)} par le serveur, sans intervention d’un professionnel, `,
    'à partir des seuls documents que la personne qui la demande peut lire. Elle reprend ce que disent ces documents, ',
    'ligne par ligne et avec leur source, sans rien déduire, corriger ni fusionner : une même information peut y figurer ',
    'plusieurs fois, et une information ancienne peut ne plus être vraie.</p>',
    '<p>L’absence d’une ligne ne veut pas dire l’absence d’une allergie, d’un traitement ou d’une maladie.</p>',
    read.length === 0
      ? '<p>Aucun document structuré n’a été trouvé.</p>'
      : `<p>Documents repris :</p><ul>${sources}</ul>`,
    unread.length > 0 ? `<p>Documents non repris : ${unread.length} (voir la dernière section).</p>` : '',
    more ? '<p>Le dossier contient d’autres documents, plus anciens, qui n’ont pas été examinés.</p>' : '',
  ].join('')
}

const whys: Readonly<Record<Unread, string>> = {
  'not-structured': 'non structuré (PDF, image ou texte) : à lire tel quel',
  'not-xml': 'contenu illisible',
  'too-large': 'trop volumineux',
  'nothing-for-it': 'structuré, sans section reprise ici',
  beyond: 'non ouvert : trop de documents',
}

/** The documents that were left out, with links; none when there are none. */
export function unreadSection({ unread }: Told): CompositionSection[] {
  if (unread.length === 0) return []
  const items = unread.map((source) => `<li>${named(source)} : ${whys[source.why]}</li>`).join('')
  return [
    {
      extension: unread.map((source) => sourceExtension(source, '')),
      title: 'Documents non repris',
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml"><ul>${items}</ul></div>`,
      },
    },
  ]
}

function named({ title, day }: Source): string {
  return `${escapeText(title)} – ${day}`
}
