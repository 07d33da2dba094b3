// What stands at the other end of webhooks: requests signed after Standard Webhooks, and a server
// that takes them and keeps what came.
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'

export const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`

function signature(secret, id, at, body) {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest('base64')}`
}

/** Posts what happened, or bytes as they are, signed with the secret; without one it is signed by nobody. */
export function post(address, secret, id, happened) {
  const body = typeof happened === 'string' ? happened : JSON.stringify(happened)
  const at = String(Math.floor(Date.now() / 1000))
  const signed = secret && {
    'webhook-id': id,
    'webhook-timestamp': at,
    'webhook-signature': signature(secret, id, at, body),
  }
  return fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...signed },
    body,
  })
}

export class Receiver {
  static async start() {
    const receiver = new Receiver()
    receiver.taken = []
    receiver.status = 200
    receiver.server = createServer(async (request, response) => {
      const parts = []
      for await (const part of request) parts.push(part)
      const { url, headers } = request
      receiver.taken.push({ url, headers, body: Buffer.concat(parts).toString() })
      response.writeHead(receiver.status, { 'Content-Type': 'text/plain' }).end('noted by the shop')
    })
    await new Promise((resolve) => receiver.server.listen(0, '127.0.0.1', resolve))
    receiver.base = `http://127.0.0.1:${receiver.server.address().port}`
    return receiver
  }

  /** What came to a path, each checked with the secret as a receiver should. */
  at(path, secret) {
    return this.taken
      .filter((it) => it.url === path)
      .map(({ headers, body }) => {
        const { 'webhook-id': id, 'webhook-timestamp': at } = headers
        const right = signature(secret, id, at, body)
        assert.ok(headers['webhook-signature'].split(' ').includes(right), 'it is signed otherwise')
        assert.ok(Math.abs(Date.now() / 1000 - Number(at)) < 300, `it is of ${at}`)
        return { id, said: JSON.parse(body) }
      })
  }

  stop() {
    this.server.closeAllConnections()
    this.server.close()
  }
}
