/** The first rows of a file as they would be read, asked again a moment after a setting has changed. */
import { useQuery } from '@tanstack/vue-query'
import { computed, ref, watch, type Ref } from 'vue'
import { api, good } from '@/api/client'
import { adminKey } from '../kit/list'

type Raw = Record<string, unknown>

/** How long nobody has to change anything before the server is asked, in milliseconds. */
const PAUSE = 400

export function usePreview(id: string, source: Ref<Raw | undefined>) {
  const asked = ref<Raw | undefined>()
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    source,
    (now) => {
      clearTimeout(timer)
      timer = setTimeout(() => (asked.value = now), PAUSE)
    },
    { deep: true },
  )
  return useQuery({
    queryKey: computed(() => adminKey('preview', id, asked.value)),
    queryFn: () => {
      const body = { rows: 20, ...(asked.value ? { source: asked.value as never } : {}) }
      return good(api.POST('/api/v1/imports/{id}/preview', { params: { path: { id } }, body }))
    },
    placeholderData: (before) => before,
    staleTime: Infinity,
  })
}
