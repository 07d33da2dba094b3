import { expect, test } from 'vitest'
import { channelForm, channelRequest } from './channel-form'
import type { ChannelType } from './kinds'

const field = (name: string, kind: string, more: object = {}) => ({
  name,
  kind,
  label: name,
  help: '',
  options: [],
  required: false,
  ...more,
})
const type = {
  name: 'webhook',
  fields: [
    field('scheme', 'choice', { options: ['a', 'b'], required: true }),
    field('secret', 'secret'),
    field('mapping', 'json'),
    field('url', 'text'),
  ],
} as unknown as ChannelType

test('a form begins with what is known, secrets apart', () => {
  const form = channelForm(type, {
    settings: { scheme: 'b', mapping: { id: 'x' } },
    secrets: { secret: 1 },
  } as never)
  expect(form.values).toEqual({ scheme: 'b', secret: '', mapping: '{\n  "id": "x"\n}', url: '' })
  expect(form.held.secret).toBe(1)
  expect(channelForm(type).values.scheme).toBe('a')
})

test('a request names what was given, and secrets apart', () => {
  const form = channelForm(type)
  form.values.mapping = '{"id":"y"}'
  form.values.secret = ' s '
  expect(channelRequest(type, form)).toEqual({
    kind: 'webhook',
    settings: { scheme: 'a', mapping: { id: 'y' } },
    secrets: { secret: ['s'] },
  })
  form.values.mapping = '{'
  expect(() => channelRequest(type, form)).toThrow('mapping')
})
