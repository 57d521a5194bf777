/** A request and an answer as they were: headers, body, and the `curl` that repeats it. The token is never shown. */

import { stepWords } from '../../try/step-words.ts'
import { filled, inLanguage, type Language } from '../../words.ts'
import { element } from '../frame/element.ts'
import { button } from '../sandbox/controls.ts'
import { type Answer, curlOf } from '../sandbox/exchange.ts'
import { parseJson } from '../sandbox/read-json.ts'
import type { Step } from '../sandbox/workbench.ts'
import { tokenCommand } from './token-command.ts'

const MAX_SHOWN = 20_000

export function requestView({ exchange, persona }: Step, language: Language): HTMLElement {
  const words = inLanguage(stepWords, language)
  const { request } = exchange
  const lines = [
    `${request.method} ${request.url}`,
    'authorization: Bearer $TOKEN',
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
  ]
  const command = tokenCommand(persona)
  return element(
    'div',
    { class: 'exchange' },
    code(lines.join('\n'), words.headers),
    request.body !== undefined && code(shown(pretty(request.body), words.shortened), words.body),
    command !== undefined &&
      element('p', { class: 'quiet' }, words.tokenHint, ' ', element('code', {}, command)),
    copyButton(curlOf(request), language),
  )
}

export function answerView(
  { status, headers, bytes, mediaType, json }: Answer,
  language: Language,
): HTMLElement {
  const words = inLanguage(stepWords, language)
  const head = [`HTTP ${status}`, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\n')
  const isText = json !== undefined || mediaType.startsWith('text/') || mediaType.endsWith('xml')
  const body =
    bytes.length === 0
      ? element('p', { class: 'quiet' }, words.noBody)
      : isText
        ? code(shown(pretty(new TextDecoder().decode(bytes)), words.shortened), words.body)
        : element('p', { class: 'quiet' }, filled(words.bytes, { bytes: bytes.length, type: mediaType }))
  return element('div', { class: 'exchange' }, code(head, words.headers), body)
}

function code(text: string, label: string): HTMLElement {
  return element('pre', { tabindex: '0', role: 'group', 'aria-label': label }, text)
}

function pretty(text: string): string {
  const json = parseJson(text)
  return json === undefined ? text : JSON.stringify(json, withoutLongData, 2)
}

/** The bytes of a document in base64 say nothing to who reads along. */
function withoutLongData(name: string, value: unknown): unknown {
  if (name !== 'data' || typeof value !== 'string' || value.length < 200) return value
  return `${value.slice(0, 60)}… (${value.length})`
}

function shown(text: string, shortened: string): string {
  if (text.length <= MAX_SHOWN) return text
  return `${text.slice(0, MAX_SHOWN)}\n${filled(shortened, { more: text.length - MAX_SHOWN })}`
}

function copyButton(text: string, language: Language): HTMLElement {
  const words = inLanguage(stepWords, language)
  const said = element('span', { role: 'status', class: 'quiet' })
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      said.textContent = words.copied
    } catch {
      // Whatever the browser's reason, there is one thing to say.
      said.textContent = words.notCopied
    }
  }
  return element('p', { class: 'row' }, button(words.copyCurl, copy), said)
}
