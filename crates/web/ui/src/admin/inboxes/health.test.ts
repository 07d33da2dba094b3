import { expect, test } from 'vitest'
import type { Schemas } from '@/api/client'
import { channelHealth, mailHealth } from './health'

const mail = (more: object) => ({ paused: false, secrets_trouble: null, ...more }) as never
const folders = (...failing: (string | null)[]) =>
  ({ folders: failing.map((it) => ({ failing_since: it, last_error: 'no' })) }) as never

test('mail', () => {
  expect(mailHealth(mail({}), folders(null)).word).toBe('good')
  expect(mailHealth(mail({ paused: true }), folders('x')).word).toBe('paused')
  expect(mailHealth(mail({}), folders(null, 'x'))).toMatchObject({ word: 'failing', why: 'no' })
  expect(mailHealth(mail({ secrets_trouble: 'key' }), folders()).why).toBe('key')
})

test('channels', () => {
  const health = (more: object) =>
    channelHealth({ ok: true, lag_seconds: 0, ...more } as Schemas['ChannelHealthOut'])
  expect(health({}).word).toBe('good')
  expect(health({ lag_seconds: 900 }).word).toBe('late')
  expect(health({ ok: false, trouble: 'token' })).toMatchObject({ word: 'failing', why: 'token' })
})
