/** Who and what is named by ids in tickets and items: few things, read once and kept. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { keys } from '@/api/queries'
import { useStatusName } from '@/i18n/statuses'

const page = { params: { query: { limit: 200 } } }
const staleTime = 5 * 60_000
const list = <T>(name: string, read: () => Promise<{ items: T[] }>) =>
  useQuery({
    queryKey: [keys.directory, 'ticket', name],
    staleTime,
    queryFn: async () => (await read()).items,
  })

export function useDirectory() {
  const statusName = useStatusName()
  const agents = list('agents', () => good(api.GET('/api/v1/agents', page)))
  const teams = list('teams', () => good(api.GET('/api/v1/teams', page)))
  const statuses = list('statuses', () => good(api.GET('/api/v1/statuses', {})))
  const names = computed(
    () =>
      new Map<string, string>(
        [...(agents.data.value ?? []), ...(teams.data.value ?? [])].map((it) => [it.id, it.name]),
      ),
  )
  return {
    agents: computed(() => (agents.data.value ?? []).filter((it) => it.active)),
    teams: computed(() => teams.data.value ?? []),
    statuses: computed(() => statuses.data.value ?? []),
    nameOf: (id: string | null | undefined) => (id ? (names.value.get(id) ?? null) : null),
    statusName,
    statusNamed: (key: string) => {
      const found = statuses.data.value?.find((it) => it.key === key)
      return found ? statusName(found) : key
    },
  }
}
export type Directory = ReturnType<typeof useDirectory>

/** The tickets of a customer: their numbers and subjects stand beside items. */
export function useTicketsOf(customer: () => string, enabled: () => boolean = () => true) {
  const query = useQuery({
    queryKey: computed(() => [keys.tickets, 'of', customer()]),
    enabled,
    staleTime,
    queryFn: async () =>
      (
        await good(
          api.GET('/api/v1/tickets', { params: { query: { customer: customer(), limit: 200 } } }),
        )
      ).items,
  })
  const byId = computed(
    () =>
      new Map((query.data.value ?? []).map((it) => [it.id as string, it as Schemas['TicketOut']])),
  )
  return { ...query, tickets: computed(() => query.data.value ?? []), byId }
}
