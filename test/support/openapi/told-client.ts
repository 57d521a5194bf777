/**
 * A client that fails when the server answers otherwise than openapi.yaml and docs/errors.md tell, whatever the test is
 * about: a status or header that is not told of, a parameter that is taken and not told of, an error of another status.
 * Of the black-box tests alone: those below it send what no client would, or look at more than one server.
 */
import type { Client } from '../http-client.ts'
import { untold } from './told-answers.ts'

const isBlackBox = /[\\/]conformance[\\/]/.test(process.argv[1] ?? '')

/** @param base the FHIR base of the server that is told of */
export function toldClient(client: Client, base: string): Client {
  if (!isBlackBox) return client
  const request: Client['request'] = async (method, path, content = {}) => {
    const received = await client.request(method, path, content)
    const url = /^https?:/.test(path) ? path : `${base}${path}`
    // Another server than ours: its issuer, a receiver.
    if (!url.startsWith(`${base}/`) && !url.startsWith(`${base}?`)) return received
    const headers = content.body === undefined ? {} : { 'content-type': 'application/fhir+json' }
    const faults = untold({ method, url, headers: { ...headers, ...content.headers } }, received)
    if (faults.length > 0)
      throw new Error(`not in openapi.yaml: ${method} ${new URL(url).pathname}: ${faults.join('; ')}`)
    return received
  }
  return {
    request,
    get: (path, headers = {}) => request('GET', path, { headers }),
    post: (path, body, headers = {}) => request('POST', path, { body, headers }),
    put: (path, body, headers = {}) => request('PUT', path, { body, headers }),
  }
}
