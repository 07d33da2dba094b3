import { expect, test, vi } from 'vitest'
import { ApiProblem, Unreachable, type Problem } from '@/api/problem'
import { blank, newest, type Content, type Kept } from './content'
import { Writes } from './writes'

const text = (body: string): Content => ({ ...blank(), body })
const wait = (ms = 0) => new Promise((done) => setTimeout(done, ms))
const problem = (code: string, details: unknown = null) =>
  new ApiProblem({ code, status: 409, detail: code, details } as Problem)

function server(answers: (() => Promise<unknown>)[] = []) {
  const calls: string[] = []
  const answer = () => (answers.shift() ?? (() => Promise.resolve()))()
  return {
    calls,
    put: vi.fn(
      (it: Content, revision: number) => (calls.push(`put ${it.body} ${revision > 0}`), answer()),
    ),
    remove: vi.fn(() => (calls.push('remove'), answer())),
  }
}

test('a removal waits for the save before it, and of saves only the last goes', async () => {
  let release = () => {}
  const slow = new Promise<void>((done) => (release = done))
  const there = server([() => slow])
  const writes = new Writes(there, () => {})
  writes.ask({ what: 'put', content: text('a') })
  writes.ask({ what: 'put', content: text('b') })
  writes.ask({ what: 'remove' })
  await wait()
  expect(there.calls).toEqual(['put a true'])
  release()
  await writes.settled()
  expect(there.calls).toEqual(['put a true', 'remove'])
})

test('numbers rise, also within one millisecond', () => {
  const writes = new Writes(server(), () => {})
  const [a, b] = [writes.next(), writes.next()]
  expect(b).toBeGreaterThan(a)
})

test('what did not get through is written again', async () => {
  const there = server([() => Promise.reject(new Unreachable())])
  const states: string[] = []
  const writes = new Writes(there, (state) => states.push(state), 5)
  writes.ask({ what: 'put', content: text('a') })
  await wait(40)
  expect(there.calls).toHaveLength(2)
  expect(states).toEqual(['saving', 'local', 'saving', 'saved'])
})

test('behind a later write of another tab ours gets a higher number', async () => {
  const later = Date.now() + 60_000
  const there = server([() => Promise.reject(problem('draft_outdated', { revision: later }))])
  const writes = new Writes(there, () => {}, 1)
  writes.ask({ what: 'put', content: text('a') })
  await wait(30)
  expect(there.put.mock.calls[1]?.[1]).toBeGreaterThan(later)
})

const kept = (revision: number, synced: boolean): Kept => ({
  revision,
  synced,
  savedAt: '',
  content: text(String(revision)),
})

test('of two drafts the newest counts, and what was sent elsewhere is gone', () => {
  expect(newest(kept(2, false), kept(1, true))?.revision).toBe(2)
  expect(newest(kept(2, true), kept(3, true))?.revision).toBe(3)
  expect(newest(kept(2, true), null)).toBeNull()
  expect(newest(kept(2, false), null)?.revision).toBe(2)
  expect(newest(null, kept(3, true))?.revision).toBe(3)
})
