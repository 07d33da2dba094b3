import { describe, expect, test } from 'vitest'
import { applySuggestion, emptyMail, mailFormOf, mailRequest } from './mail-form'

describe('the request of the mail form', () => {
  test('leaves out secrets that were not given anew', () => {
    const form = emptyMail('a@example.com')
    form.incoming.host = ' imap.example.com '
    const { incoming } = mailRequest(form)
    expect(incoming).toMatchObject({ host: 'imap.example.com', user: 'a@example.com' })
    expect(incoming).not.toHaveProperty('password')
    form.incoming.password = 'x'
    expect(mailRequest(form).incoming).toHaveProperty('password', 'x')
  })

  test('says nothing of a server that is switched off', () => {
    const form = emptyMail()
    form.outgoing.on = false
    expect(mailRequest(form).outgoing).toBe(null)
  })

  test('names no folder to move to unless messages are moved', () => {
    const form = emptyMail()
    form.incoming.move_to = 'Done'
    expect(mailRequest(form).incoming?.move_to).toBe(null)
    form.incoming.after = 'move'
    expect(mailRequest(form).incoming?.move_to).toBe('Done')
  })

  test('gives back what was read', () => {
    const out = {
      ...mailRequest(emptyMail()),
      incoming: null,
      trusted_servers: ['a', 'b'],
    } as never
    const again = mailRequest(mailFormOf(out))
    expect(again.incoming).toBe(null)
    expect(again.trusted_servers).toEqual(['a', 'b'])
  })
})

test('a suggestion fills in both servers', () => {
  const form = emptyMail()
  form.incoming.password = 'kept'
  const known = { host: 'h', port: 1, security: 'tls', sign_in: 'password', user: 'u' } as const
  applySuggestion(form, {
    provider: 'P',
    hint: '',
    plus_addressing: true,
    incoming: known,
    outgoing: { ...known, port: 2 },
  })
  expect(form.incoming).toMatchObject({ host: 'h', password: 'kept', on: true })
  expect(form.outgoing.port).toBe(2)
  expect(form.plus_addressing).toBe(true)
})
