/** The part of s3rver 3.7.1 that tests use; the package ships no types. */
declare module 's3rver' {
  import type { IncomingMessage, Server, ServerResponse } from 'node:http'

  export default class S3rver {
    constructor(options: {
      readonly address: string
      readonly port: number
      readonly silent: boolean
      readonly directory: string
      readonly configureBuckets: readonly { readonly name: string }[]
    })
    callback(): (request: IncomingMessage, response: ServerResponse) => void
    configureBuckets(): Promise<unknown>
    close(): Promise<void>
    httpServer?: Server
  }
}
