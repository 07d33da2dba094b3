/** What belongs to one customer, each part read by itself so that one that fails takes none along. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { told } from '@/api/problem'
import { keys } from '@/api/queries'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'

export type Suggestion = Schemas['Page_SuggestionOut']['items'][number]

const part = <T>(id: Ref<string>, name: string, read: (id: string) => Promise<T>) =>
  useQuery({
    queryKey: computed(() => [keys.customer, id.value, name]),
    queryFn: () => read(id.value),
  })
const at = (id: string, limit = 100) => ({ params: { path: { id }, query: { limit } } })
const path = (id: string) => ({ params: { path: { id } } })

export const useRecord = (id: Ref<string>) =>
  part(id, 'record', (it) => good(api.GET('/api/v1/customers/{id}', path(it))))
export const useProfile = (id: Ref<string>) =>
  part(id, 'profile', (it) => good(api.GET('/api/v1/customers/{id}/profile', path(it))))
export const useFacts = (id: Ref<string>) =>
  part(id, 'facts', (it) => good(api.GET('/api/v1/customers/{id}/facts', at(it))))
export const usePromises = (id: Ref<string>) =>
  part(id, 'promises', (it) => good(api.GET('/api/v1/customers/{id}/promises', at(it, 50))))
export const useBrief = (id: Ref<string>) =>
  part(id, 'brief', (it) => good(api.GET('/api/v1/customers/{id}/brief', path(it))))
export const useMerges = (id: Ref<string>) =>
  part(id, 'merges', (it) => good(api.GET('/api/v1/customers/{id}/merges', at(it, 50))))
export const useConsents = (id: Ref<string>) =>
  part(id, 'consents', (it) => good(api.GET('/api/v1/customers/{id}/consents', at(it))))
export const useSuggestions = (id: Ref<string>) =>
  part(id, 'suggestions', (it) => good(api.GET('/api/v1/customers/{id}/suggestions', at(it, 20))))

export const useTicketsOf = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [keys.tickets, 'of customer', id.value, 'panel']),
    queryFn: () =>
      good(api.GET('/api/v1/tickets', { params: { query: { customer: id.value, limit: 25 } } })),
  })

/** Does something to a customer, reads again what it may have changed, and says what went wrong. */
export function useAct() {
  const { t } = useLanguage()
  const client = useQueryClient()
  return async function act<T>(
    doing: Promise<T>,
    done?: string,
    undo?: { label: string; run: () => void },
  ): Promise<T | null> {
    try {
      const made = await doing
      for (const key of [keys.customer, keys.timeline, keys.tickets])
        void client.invalidateQueries({ queryKey: [key] })
      if (done) toast(done, { tone: 'good', action: undo && { ...undo, undoes: true } })
      return made
    } catch (error) {
      toast(told(error, t), { tone: 'bad' })
      return null
    }
  }
}
