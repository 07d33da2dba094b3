/** One ticket by its number, and changes of it that do not overwrite those of others. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, toValue, type MaybeRefOrGetter } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { onLive } from '@/api/live'
import { ApiProblem, told } from '@/api/problem'
import { keys } from '@/api/queries'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'

type Ticket = Schemas['TicketOut']
type Patch = Schemas['TicketPatch']

export function useTicket(number: MaybeRefOrGetter<number>) {
  const client = useQueryClient()
  const { t } = useLanguage()
  const key = computed(() => [keys.ticket, 'number', toValue(number)])
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      good(
        api.GET('/api/v1/tickets/by-number/{number}', {
          signal,
          params: { path: { number: toValue(number) } },
        }),
      ),
  })
  // Events name a ticket by its id, and this query knows its number alone.
  onScopeDispose(
    onLive((event) => {
      if (event.ticket && event.ticket === query.data.value?.id)
        void client.invalidateQueries({ queryKey: key.value })
    }),
  )

  const send = (ticket: Ticket, body: Patch) =>
    good(
      api.PATCH('/api/v1/tickets/{id}', {
        params: { path: { id: ticket.id }, header: { 'If-Match': `"v${ticket.version}"` } },
        body,
      }),
    )

  /** Changes it and offers the way back; `back` is the change that undoes this one. */
  async function change(body: Patch, said: string, back: Patch): Promise<void> {
    const ticket = query.data.value
    if (!ticket) return
    const at = key.value
    try {
      const changed = await send(ticket, body)
      take(at, changed)
      toast(said, {
        action: {
          label: t('common.undo'),
          run: () => void undo(at, back),
        },
      })
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 412)
        void client.invalidateQueries({ queryKey: at })
      toast(told(error, t), { tone: 'bad' })
    }
  }

  async function undo(at: unknown[], back: Patch): Promise<void> {
    const now = client.getQueryData<Ticket>(at)
    if (!now) return
    try {
      take(at, await send(now, back))
      toast(t('ticket.changed.undone'))
    } catch (error) {
      toast(told(error, t), { tone: 'bad' })
    }
  }

  function take(at: unknown[], ticket: Ticket): void {
    client.setQueryData(at, ticket)
    for (const queryKey of [[keys.tickets], [keys.counts], [keys.timeline, ticket.customer]])
      void client.invalidateQueries({ queryKey })
  }

  return { ...query, ticket: query.data, change }
}
