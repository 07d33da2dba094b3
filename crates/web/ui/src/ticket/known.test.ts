import { expect, test } from 'vitest'
import { queryClient } from '@/api/queries'
import { knownTicket } from './known'

const ticket = (number: number) => ({ number, customer: 'cus_1' })

test('a ticket is found in what lists have read', () => {
  queryClient.setQueryData(['ticket-list', 'a'], [{ items: [ticket(1), ticket(2)] }])
  queryClient.setQueryData(['tickets', 'of', 'c'], [ticket(3)])
  queryClient.setQueryData(['tickets', 'beat'], undefined)
  queryClient.setQueryData(['customer', 'c'], ticket(4))
  expect([1, 2, 3].map((it) => knownTicket(it)?.number)).toEqual([1, 2, 3])
  expect(knownTicket(4)).toBeUndefined()
})
