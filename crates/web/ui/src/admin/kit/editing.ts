/** Which one of a section is open: its id stands in the address. */
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

export function useEditing(section: string) {
  const route = useRoute()
  const router = useRouter()
  const id = computed(() => String(route.params.id ?? ''))
  const part = computed(() => String(route.params.part ?? ''))
  const path = (...rest: string[]) => ['/admin', section, ...rest].filter(Boolean).join('/')
  return {
    id,
    part,
    path,
    go: (...rest: string[]) => void router.push(path(...rest)),
    close: () => void router.push({ path: path(), query: route.query }),
  }
}
