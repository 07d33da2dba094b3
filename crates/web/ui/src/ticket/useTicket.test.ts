import { expect, test } from 'vitest'
import { foreseen, isUntouched, reverse, tagOf, type Ticket } from './useTicket'

const ticket = {
  status: 'open',
  priority: 'normal',
  subject: 'Parcel',
  assignee_agent: null,
  assignee_team: null,
  tags: [{ name: 'vip' }],
} as unknown as Ticket

test('a change is taken back by what was there before', () => {
  expect(reverse(ticket, { status: 'resolved', assignee_agent: 'agt_1' })).toEqual({
    status: 'open',
    assignee_agent: null,
  })
  expect(reverse(ticket, { add_tags: ['vip', 'late'] })).toEqual({ remove_tags: ['late'] })
  expect(reverse(ticket, { remove_tags: ['vip', 'late'] })).toEqual({ add_tags: ['vip'] })
})

test('a change shows before it is made', () => {
  expect(foreseen(ticket, { priority: 'high', remove_tags: ['vip'] })).toMatchObject({
    priority: 'high',
    subject: 'Parcel',
    tags: [],
  })
})

test('a version is named as the server names it', () => expect(tagOf(3)).toBe('"v3"'))

test('a new version is in the way only when it changed the same', () => {
  const now = { ...ticket, version: 9, priority: 'high' } as Ticket
  expect(isUntouched(ticket, now, { status: 'resolved' })).toBe(true)
  expect(isUntouched(ticket, now, { status: 'resolved', priority: 'low' })).toBe(false)
})
