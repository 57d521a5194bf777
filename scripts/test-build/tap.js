/**
 * What `import t from 'tap'` is in a built test: tap, told of the errors that nothing caught.
 *
 * By itself it asks async_hooks which test such an error comes from: a call at the birth and at the death of every
 * promise, a tenth of the processor of a test that runs a server. Here the tests of a file run one after the other, so the
 * error is that of the test that is running.
 */
import t from 'tap'

export * from 'tap'
export default t

/** The file, and the tests within each other that have begun; an end is told after the beginning of the next one. */
const begun = [t]

function follow(test) {
  test.on('subtestStart', (inner) => {
    begun.push(inner)
    follow(inner)
  })
  test.on('subtestEnd', (inner) => begun.splice(begun.indexOf(inner), 1))
}
follow(t)

for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error) => {
    const running = begun.findLast((test) => !test.results) ?? t
    running.threw(error instanceof Error ? error : new Error(`${event}: ${String(error)}`))
  })
}
