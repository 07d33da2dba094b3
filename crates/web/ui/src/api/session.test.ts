import { afterEach, expect, test, vi } from 'vitest'
import { Unreachable } from './problem'
import { access, renewed, resume, session, signIn, signOut } from './session'

const ofAgent = (id: string) => ({
  access_token: `token of ${id}`,
  agent: { id, email: `${id}@example.com` },
})
const answer = (status: number, body: object = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
const served = (...answers: (Response | Error)[]) => {
  const ask = vi.fn<typeof fetch>()
  for (const it of answers)
    if (it instanceof Error) ask.mockRejectedValueOnce(it)
    else ask.mockResolvedValueOnce(it)
  vi.stubGlobal('fetch', ask)
  return ask
}

afterEach(async () => {
  served(answer(204))
  await signOut()
  session.state = 'unknown'
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('who comes with a good cookie is let in, who has none is not', async () => {
  served(answer(401), answer(200, ofAgent('agt_1')))
  expect(await resume()).toBe(false)
  expect(await resume()).toBe(true)
  expect([session.state, access()]).toEqual(['signed-in', 'token of agt_1'])
})

test('a server that is away or fails ends no session', async () => {
  served(
    answer(200, ofAgent('agt_1')),
    new TypeError('no network'),
    answer(502),
    answer(200, ofAgent('agt_1')),
  )
  await resume()
  await expect(renewed()).rejects.toBeInstanceOf(Unreachable)
  await expect(renewed()).rejects.toBeInstanceOf(Unreachable)
  expect([session.state, session.agent?.id]).toEqual(['unknown', 'agt_1'])
  expect(await renewed()).toBe(true)
})

test('what waits for a session goes on when its owner has signed in again', async () => {
  served(answer(200, ofAgent('agt_1')), answer(401), answer(200, ofAgent('agt_1')))
  await resume()
  const waiting = renewed()
  await vi.waitFor(() => expect(session.state).toBe('expired'))
  await signIn('agt_1@example.com', 'a long enough one')
  expect(await waiting).toBe(true)
})

test('nothing of one agent is sent by another who has signed in meanwhile', async () => {
  const reload = vi.spyOn(window.location, 'reload').mockReturnValue(undefined)
  served(answer(200, ofAgent('agt_1')), answer(200, ofAgent('agt_2')))
  await resume()
  let settled = false
  void renewed().finally(() => (settled = true))
  await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1))
  expect([settled, access(), session.agent?.id]).toEqual([false, null, 'agt_1'])
})
