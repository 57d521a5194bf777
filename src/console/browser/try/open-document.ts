/** One document: what is known of it, what may be done with it, and its content in the page. */
import { cdaView } from '../cda/cda-view.ts'
import { BlobAddresses, contentView, downloadLink } from '../cda/content-view.ts'
import { element, replaceContent } from '../frame/element.ts'
import { find } from '../frame/this-page.ts'
import { button } from '../sandbox/controls.ts'
import type { Call } from '../sandbox/exchange.ts'
import { isFields } from '../sandbox/read-json.ts'
import type { Desk } from './desk.ts'
import { badges } from './document-badges.ts'
import { archivePatch, deletionPatch, labelPatch } from './document-patches.ts'
import { type DocumentSummary, documentSummary, shortTime } from './document-summary.ts'

export type OpenedDocument = {
  readonly open: (document: DocumentSummary) => Promise<void>
  readonly close: () => void
}

/** @param changed the list is to be asked for anew */
export function openedDocument(desk: Desk, changed: () => Promise<void>): OpenedDocument {
  const { words, language } = desk
  const place = find('#opened', HTMLElement)
  const addresses = new BlobAddresses()
  let last: DocumentSummary | undefined
  const close = (): void => {
    addresses.giveBack()
    place.hidden = true
    replaceContent(place)
    last = undefined
  }

  const content = async (document: DocumentSummary): Promise<readonly HTMLElement[]> => {
    const call: Call = { method: 'GET', path: `/${document.contentPath}`, headers: { accept: '*/*' } }
    const answer = await desk.ask(words.stepRetrieve, call)
    if (answer?.status !== 200) return [element('p', { class: 'note warn' }, words.notReadable)]
    const { bytes, mediaType } = answer
    const isXml = mediaType === 'text/xml' || mediaType === 'application/xml'
    const shown = isXml
      ? cdaView(bytes, language, addresses)
      : contentView(bytes, mediaType, language, addresses)
    const name = `document${extensions[mediaType] ?? ''}`
    return [shown, element('p', {}, downloadLink(bytes, name, language, addresses))]
  }

  const open = async (document: DocumentSummary): Promise<void> => {
    close()
    last = document
    const inside = element('div', { class: 'content' })
    const heading = element(
      'h2',
      { id: 'opened-heading', tabindex: '-1' },
      document.title || document.type || words.opened,
    )
    const marks = element('p', { class: 'row' }, badges(document, words))
    const facts = [shortTime(document.date, language), document.author, document.type, document.class]
    replaceContent(
      place,
      element('div', { class: 'row head' }, heading, button(words.close, close)),
      element('p', { class: 'quiet' }, facts.filter((fact) => fact !== '').join(' · ')),
      marks,
      actions(document),
      inside,
    )
    place.hidden = false
    heading.focus({ preventScroll: true })
    place.scrollIntoView({ block: 'start', behavior: 'auto' })
    const shown = await content(document)
    // Another was opened meanwhile.
    if (last === document) replaceContent(inside, shown)
  }

  const act = async (document: DocumentSummary, title: string, patch: readonly object[]): Promise<void> => {
    const answer = await desk.ask(title, {
      method: 'PATCH',
      path: `/DocumentReference/${document.id}`,
      headers: { 'content-type': 'application/json-patch+json' },
      body: patch,
    })
    if (!answer || answer.status >= 300) return
    await changed()
    const now = isFields(answer.json)
      ? documentSummary(
          answer.json,
          () => undefined,
          () => undefined,
        )
      : undefined
    // Without a body: changed, and now hidden from who changed it.
    if (now && now.status !== 'entered-in-error')
      await open({ ...now, type: document.type, class: document.class })
    else close()
  }

  const actions = (document: DocumentSummary): HTMLElement => {
    const has = (label: string): boolean => document.labels.has(label)
    const doing = (title: string, patch: readonly object[], kind?: string): HTMLElement =>
      button(title, () => act(document, title, patch), { class: kind })
    return element(
      'div',
      { class: 'row actions' },
      has('MASQUE_PS') ? doing(words.unmask, labelPatch('N')) : doing(words.mask, labelPatch('MASQUE_PS')),
      has('INVISIBLE_PATIENT')
        ? doing(words.reveal, labelPatch('N'))
        : doing(words.hide, labelPatch('INVISIBLE_PATIENT')),
      document.archived
        ? doing(words.unarchive, archivePatch(false))
        : doing(words.archive, archivePatch(true)),
      button(words.verify, () =>
        desk.ask(words.verify, { method: 'GET', path: `/DocumentReference/${document.id}/$verify` }),
      ),
      button(
        words.remove,
        () => (confirm(words.removeReally) ? act(document, words.remove, deletionPatch) : undefined),
        { class: 'danger' },
      ),
    )
  }
  return { open, close }
}

const extensions: Readonly<Record<string, string>> = {
  'application/pdf': '.pdf',
  'text/xml': '.xml',
  'application/xml': '.xml',
  'text/plain': '.txt',
  'image/jpeg': '.jpg',
  'image/tiff': '.tiff',
  'application/rtf': '.rtf',
  'text/rtf': '.rtf',
}
