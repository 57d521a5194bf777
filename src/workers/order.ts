/** What primary and worker tell each other, over the channel between them: a password stands in no environment. */
import type { ConnectionSettings } from '../storage/connection/connection-settings.ts'

/** From the primary, to a worker that has said `listening`: what is sent before is lost. */
export type Order = { readonly connection: ConnectionSettings; readonly withJobs: boolean }

/** From the worker, once each: it hears orders; it serves. */
export type Said = 'listening' | 'serving'

export function say(what: Said): void {
  process.send?.(what)
}

export function isOrder(message: unknown): message is Order {
  return typeof message === 'object' && message !== null && 'connection' in message && 'withJobs' in message
}
