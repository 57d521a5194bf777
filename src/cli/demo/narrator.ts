/** The demonstration in words: plain text, with colours when the output is a terminal. */
import { STATUS_CODES } from 'node:http'
import type { Paint } from '../terminal/paint.ts'
import { type Call, shownPath } from './client.ts'
import { type Reply, readRefusal } from './expectation.ts'

export type Narrator = {
  chapter(title: string): void
  step(number: number, title: string): void
  call(name: string, call: Call): void
  answer(reply: Reply): void
  meaning(text: string): void
  line(text: string): void
}

const INDENT = '     '

export function createNarrator(out: (text: string) => void, paint: Paint): Narrator {
  return {
    chapter(title) {
      out(`\n${paint('bold', title)}`)
    },
    step(number, title) {
      out(`\n${String(number).padStart(3)}  ${title}`)
    },
    call(name, { method, path, headers = {} }) {
      const declared = Object.entries(headers).map(([header, value]) => `   ${header}: ${value}`)
      out(INDENT + paint('cyan', `${method} /fhir${shownPath(path)}`) + paint('dim', `   as ${name}`))
      for (const header of declared) out(INDENT + paint('cyan', header))
    },
    answer(reply) {
      const refusal = readRefusal(reply.json)
      const status = `${reply.status} ${STATUS_CODES[reply.status] ?? ''}`.trim()
      const code = refusal ? [refusal.error, refusal.rule && `(rule ${refusal.rule})`] : []
      const words = [status, ...code.filter(Boolean)].join(' ')
      out(INDENT + paint(reply.status < 400 ? 'green' : 'yellow', words))
      if (refusal) out(INDENT + paint('yellow', `« ${refusal.text} »`))
    },
    meaning(text) {
      for (const line of wrapped(text, 100)) out(INDENT + line)
    },
    line: out,
  }
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
