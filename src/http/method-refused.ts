/** A path that is known, and asked by a method that is not one of its own: 405 with `Allow`. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type FhirError, refusal } from '../fhir/fhir-error.ts'
import type { AllowedMethods, KnownPath } from './allowed-methods.ts'
import { pathPart } from './query.ts'

export function knownOf(allowed: AllowedMethods, { raw }: FastifyRequest): KnownPath | undefined {
  return allowed.of(pathPart(raw.url ?? ''))
}

/** What is asked by a method of its own (`GET …/_search`, `GET …/$match`), and was taken for an id. */
export function takenForId(allowed: AllowedMethods, request: FastifyRequest): KnownPath | undefined {
  const given = Object.values(request.params as Record<string, string>)
  if (!given.some((text) => /^[$_]/.test(text))) return undefined
  const known = knownOf(allowed, request)
  return known?.methods.includes(request.method) ? undefined : known
}

export function methodRefused(
  { method }: FastifyRequest,
  reply: FastifyReply,
  { pattern, methods }: KnownPath,
): FhirError {
  const allowed = methods.join(', ')
  reply.header('Allow', allowed)
  const params = { method, what: pattern, allowed }
  return refusal('method-not-allowed', 'methode-non-permise', { params })
}
