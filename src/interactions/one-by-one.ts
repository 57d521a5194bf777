/** Work of which one piece at a time is done, in the order in which it came: what each holds in memory is held once. */
export function oneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    // Who gave the work is told what became of it; the next begins in any case.
    last = done.catch(() => undefined)
    return done
  }
}
