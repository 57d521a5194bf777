/** A worker: serves as its primary orders, until it is told to stop or the primary is gone. */
import type { Config } from '../config/config.ts'
import { fail, onSignals } from '../wiring/process-end.ts'
import { serve } from '../wiring/serve.ts'
import { isOrder, type Order, say } from './order.ts'

export async function work(config: Config): Promise<void> {
  const { connection, withJobs } = await order()
  const serving = await serve(config, connection, withJobs)
  onSignals(serving.stop, config.tls && serving.renewCertificates)
  // The channel breaks with the primary: nobody would start this worker again, or stop it.
  process.once('disconnect', () => {
    serving.stop().then(() => process.exit(0), fail)
  })
  say('serving')
}

function order(): Promise<Order> {
  return new Promise((resolve) => {
    process.on('message', (message: unknown) => {
      if (isOrder(message)) resolve(message)
    })
    say('listening')
  })
}
