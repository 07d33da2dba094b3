/** Who and what tickets can belong to: few things, read once and kept. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, good } from '@/api/client'
import { keys } from '@/api/queries'

const query = { limit: 200 }
const staleTime = 5 * 60_000

export function useDirectory() {
  const agents = useQuery({
    queryKey: [keys.directory, 'agents'],
    staleTime,
    queryFn: async () => (await good(api.GET('/api/v1/agents', { params: { query } }))).items,
  })
  const teams = useQuery({
    queryKey: [keys.directory, 'teams'],
    staleTime,
    queryFn: async () => (await good(api.GET('/api/v1/teams', { params: { query } }))).items,
  })
  const statuses = useQuery({
    queryKey: [keys.directory, 'statuses'],
    staleTime,
    queryFn: async () => (await good(api.GET('/api/v1/statuses', {}))).items,
  })
  const inboxes = useQuery({
    queryKey: [keys.directory, 'inboxes'],
    staleTime,
    queryFn: async () => (await good(api.GET('/api/v1/inboxes', { params: { query } }))).items,
  })
  const names = computed(
    () =>
      new Map(
        [...(agents.data.value ?? []), ...(teams.data.value ?? [])].map((it) => [it.id, it.name]),
      ),
  )
  return {
    agents: computed(() => agents.data.value ?? []),
    activeAgents: computed(() => (agents.data.value ?? []).filter((it) => it.active)),
    teams: computed(() => teams.data.value ?? []),
    statuses: computed(() => statuses.data.value ?? []),
    inboxes: computed(() => inboxes.data.value ?? []),
    inboxesKnown: computed(() => inboxes.data.value !== undefined),
    /** The name of an agent or team. */
    nameOf: (id: string | null | undefined) => (id ? (names.value.get(id) ?? null) : null),
  }
}
