/** How wide the window is, for what a style sheet cannot decide: which panes there are at all. */
import { onScopeDispose, ref, type Ref } from 'vue'

export function useWidth(): Ref<number> {
  const width = ref(innerWidth)
  const measure = () => (width.value = innerWidth)
  addEventListener('resize', measure)
  onScopeDispose(() => removeEventListener('resize', measure))
  return width
}
