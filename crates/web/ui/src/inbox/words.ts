import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** Words without what a searcher does not type: case, accents, points. */
export const plain = (text: string): string =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase('en').replace(/ı/g, 'i')

/** A text once its writer has paused. */
export function settled(text: Ref<string>, pause = 200): Ref<string> {
  const value = ref(text.value.trim())
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(text, (now) => {
    clearTimeout(timer)
    timer = setTimeout(() => (value.value = now.trim()), pause)
  })
  onScopeDispose(() => clearTimeout(timer))
  return value
}
