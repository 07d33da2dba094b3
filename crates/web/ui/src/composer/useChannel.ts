/** By what a reply goes: the inbox of the ticket, the platform behind it, and whom it reaches. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { keys } from '@/api/queries'
import { may } from '@/api/session'
import { useChannelTypes, useInboxes } from './useDirectory'

type Ticket = Schemas['TicketOut']
export type Item = Schemas['Page_ItemOut']['items'][number]

export function useTicketItems(ticket: Ref<Ticket>) {
  return useQuery({
    queryKey: computed(() => [keys.ticket, ticket.value.id, 'newest items']),
    queryFn: async () =>
      (
        await good(
          api.GET('/api/v1/tickets/{id}/items', {
            params: { path: { id: ticket.value.id }, query: { limit: 25 } },
          }),
        )
      ).items,
  })
}

export function useCustomer(id: Ref<string>) {
  return useQuery({
    queryKey: computed(() => [keys.customer, id.value, 'record']),
    queryFn: () => good(api.GET('/api/v1/customers/{id}', { params: { path: { id: id.value } } })),
  })
}

export function useChannel(ticket: Ref<Ticket>) {
  const { data: inboxes } = useInboxes()
  const { data: types } = useChannelTypes()
  const { data: items } = useTicketItems(ticket)
  const { data: customer } = useCustomer(computed(() => ticket.value.customer))
  const isChat = computed(() => ['chat', 'social', 'review'].includes(ticket.value.channel))
  const takesAddresses = computed(() => !isChat.value)

  // How an inbox is connected is for admins to read; others see it by the scope of who wrote.
  const { data: account } = useQuery({
    queryKey: computed(() => [keys.directory, 'inbox channel', ticket.value.inbox]),
    enabled: computed(() => isChat.value && may('admin')),
    staleTime: 3_600_000,
    retry: false,
    queryFn: () =>
      good(
        api.GET('/api/v1/inboxes/{id}/channel', { params: { path: { id: ticket.value.inbox } } }),
      ),
  })

  const inbox = computed(() => inboxes.value?.find((it) => it.id === ticket.value.inbox))
  const lastFromCustomer = computed(() =>
    items.value?.find((it) => it.message?.direction === 'inbound'),
  )
  const scope = computed(() => {
    const identity = customer.value?.identities.find(
      (it) => it.id === lastFromCustomer.value?.identity,
    )
    return identity?.scope.split(':')[0]
  })
  const type = computed(() => {
    if (!isChat.value) return undefined
    const name = account.value?.kind ?? scope.value
    return types.value?.find((it) => it.name === name)
  })

  /** Whom it reaches when nobody is named. */
  const address = computed(
    () =>
      lastFromCustomer.value?.message?.from?.address ??
      customer.value?.identities.find((it) => it.kind === 'email')?.value ??
      null,
  )
  /** Who else had the customer's last message. */
  const others = computed(() => {
    const message = lastFromCustomer.value?.message
    const all = [...(message?.to ?? []), ...(message?.cc ?? [])].map((it) => it.address)
    const own = new Set([...(inboxes.value ?? []).map((it) => it.address), address.value])
    return [...new Set(all)].filter((it) => !own.has(it))
  })

  return { inbox, type, items, customer, lastFromCustomer, takesAddresses, address, others }
}
