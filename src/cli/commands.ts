/** How each command is loaded when it is called: help and completion load none. */
import type { Command } from './command.ts'
import type { CommandName } from './tables/all-tables.ts'

export const commands = {
  demo: async () => (await import('./demo.ts')).demo,
  token: async () => (await import('./token.ts')).token,
  explain: async () => (await import('./explain.ts')).explain,
  push: async () => (await import('./push.ts')).push,
  seed: async () => (await import('./seed.ts')).seed,
  completion: async () => (await import('./completion.ts')).completion,
  doctor: async () => (await import('./doctor.ts')).doctor,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  'audit verify': async () => (await import('./audit/verify.ts')).verifyAudit,
  'audit purge': async () => (await import('./audit/purge.ts')).purgeTraces,
  'habilitation import': async () => (await import('./habilitation.ts')).habilitation,
  'indicators rebuild': async () => (await import('./indicators.ts')).indicators,
  'key rotate': async () => (await import('./key.ts')).key,
  notices: async () => (await import('./notices.ts')).notices,
  purge: async () => (await import('./purge.ts')).purge,
  reindex: async () => (await import('./reindex.ts')).reindex,
} as const satisfies Readonly<Record<CommandName, () => Promise<Command>>>
