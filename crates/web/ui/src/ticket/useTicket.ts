/** A ticket by its number, and changes of it: shown at once, told to the server, and undone by a word. */
import { useQuery } from '@tanstack/vue-query'
import { computed, onScopeDispose } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { onLive } from '@/api/live'
import { ApiProblem, told } from '@/api/problem'
import { keys, queryClient } from '@/api/queries'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { knownTicket } from './known'

export type Ticket = Schemas['TicketOut']
export type Patch = Schemas['TicketPatch']

/** The entity tag of a version, as the server writes it. */
export const tagOf = (version: number): string => `"v${version}"`

const keyOf = (number: number) => [keys.ticket, 'number', number]
const read = (number: number): Promise<Ticket> =>
  good(api.GET('/api/v1/tickets/by-number/{number}', { params: { path: { number } } }))
const patched = (id: string, body: Patch, version?: number): Promise<Ticket> => {
  const header = version === undefined ? {} : { 'If-Match': tagOf(version) }
  return good(api.PATCH('/api/v1/tickets/{id}', { params: { path: { id }, header }, body }))
}
const isStale = (error: unknown) => error instanceof ApiProblem && error.status === 412

/** Whether what a change is about is still as it was when it was made. */
export const isUntouched = (before: Ticket, now: Ticket, patch: Patch): boolean =>
  (Object.keys(patch) as (keyof Ticket & keyof Patch)[]).every((it) => before[it] === now[it])

/** What takes a change back. */
export function reverse(ticket: Ticket, patch: Patch): Patch {
  const back: Patch = {}
  if (patch.status !== undefined) back.status = ticket.status
  if (patch.priority !== undefined) back.priority = ticket.priority
  if (patch.subject !== undefined) back.subject = ticket.subject
  if (patch.assignee_agent !== undefined) back.assignee_agent = ticket.assignee_agent
  if (patch.assignee_team !== undefined) back.assignee_team = ticket.assignee_team
  const had = new Set(ticket.tags.map((it) => it.name))
  const added = patch.add_tags?.filter((it) => !had.has(it))
  const removed = patch.remove_tags?.filter((it) => had.has(it))
  if (added?.length) back.remove_tags = added
  if (removed?.length) back.add_tags = removed
  return back
}

/** How a ticket looks when a change is made; tags come with the answer. */
export function foreseen(ticket: Ticket, patch: Patch): Ticket {
  const fields = { ...patch } as Partial<Patch>
  delete fields.add_tags
  delete fields.remove_tags
  const tags = ticket.tags.filter((it) => !patch.remove_tags?.includes(it.name))
  return { ...ticket, ...(fields as Partial<Ticket>), tags }
}

export function useTicket(number: () => number) {
  const { t } = useLanguage()
  const queryKey = computed(() => keyOf(number()))
  const query = useQuery({
    queryKey,
    placeholderData: () => knownTicket(number()),
    queryFn: () => read(number()),
  })
  const ticket = computed(() =>
    query.data.value?.number === number() ? query.data.value : undefined,
  )
  onScopeDispose(
    onLive((event) => {
      if (event.ticket && event.ticket === ticket.value?.id)
        void queryClient.invalidateQueries({ queryKey: queryKey.value })
    }),
  )

  /** Changes follow each other: each is made to the version that the one before left. */
  let line: Promise<unknown> = Promise.resolve()

  async function send(before: Ticket, patch: Patch, asRead: boolean) {
    const key = keyOf(before.number)
    const now = asRead ? queryClient.getQueryData<Ticket>(key) : undefined
    const answer = await patched(before.id, patch, now?.version).catch(async (error: unknown) => {
      const meanwhile = isStale(error) ? await read(before.number) : undefined
      // A note or a message makes a new version, too: only what is changed here counts.
      if (!meanwhile || !isUntouched(before, meanwhile, patch)) throw error
      return patched(before.id, patch, meanwhile.version)
    })
    queryClient.setQueryData(key, answer)
    for (const stale of [keys.tickets, keys.counts, keys.timeline])
      void queryClient.invalidateQueries({ queryKey: [stale] })
    return answer
  }

  /** `said` is told with a way back. Tags of two agents join: they are changed in any version. */
  function change(patch: Patch, said?: string, of = ticket.value): Promise<boolean> {
    const before = of && (queryClient.getQueryData<Ticket>(keyOf(of.number)) ?? of)
    if (!before) return Promise.resolve(false)
    const key = keyOf(before.number)
    const back = reverse(before, patch)
    queryClient.setQueryData<Ticket>(key, (it) => it && foreseen(it, patch))
    const made = line.then(async () => {
      try {
        const onlyTags = !Object.keys(patch).some((it) => !it.endsWith('_tags'))
        await send(before, patch, !onlyTags)
        if (said) offer(said, () => void send(before, back, false).catch(refused(key)))
        return true
      } catch (error) {
        refused(key)(error)
        return false
      }
    })
    line = made
    return made
  }
  const offer = (said: string, run: () => void) =>
    toast(said, { tone: 'good', action: { label: t('common.undo'), run, undoes: true } })

  const refused = (key: readonly unknown[]) => (error: unknown) => {
    void queryClient.invalidateQueries({ queryKey: key })
    toast(isStale(error) ? t('problem.codes.version_mismatch') : told(error, t), { tone: 'bad' })
  }

  return { ...query, ticket, change }
}
