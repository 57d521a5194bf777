/**
 * What is not even HTTP: answered on the bare socket, neither traced (nobody asked for anything) nor logged: the bytes of
 * a broken request may hold a token or a matricule (rule I4).
 */
import type { Socket } from 'node:net'
import { refusal } from '../fhir/fhir-error.ts'
import { operationOutcome } from '../fhir/outcome.ts'
import { contentTypes } from './negotiation.ts'

const statusLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

const body = operationOutcome(
  refusal('invalid', 'non-pris-en-charge', { params: { what: 'HTTP' } }).issues,
  'fr',
)

/** The answer, whatever its status. */
export const malformed = {
  head: {
    'Content-Type': contentTypes.json,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  },
  body,
} as const

export function answerMalformed(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const { head, body } = malformed
  socket.end(
    [
      `HTTP/1.1 ${statusLines[error.code ?? ''] ?? '400 Bad Request'}`,
      ...Object.entries(head).map(([name, value]) => `${name}: ${value}`),
      '',
      body,
    ].join('\r\n'),
  )
}
