/** Leads to an item of the timeline, where one is. */
import { useRouter } from 'vue-router'

export function useShowItem() {
  const router = useRouter()
  return (item: string) => void router.push({ query: { ...router.currentRoute.value.query, item } })
}
