/** Which field a refusal is about: fields ask here, and what no field has asked for is told below. */
import { computed, inject, onScopeDispose, provide, shallowReactive, type InjectionKey } from 'vue'
import { fieldOf, useSay } from './say'

interface Problems {
  names: Set<string>
  problemOf: (name: string) => string | null
}
const KEY: InjectionKey<Problems> = Symbol('problems')

export function provideProblems(error: () => unknown) {
  const say = useSay()
  const names = shallowReactive(new Set<string>())
  const at = computed(() => fieldOf(error()))
  provide(KEY, { names, problemOf: (name) => (at.value === name ? say(error()) : null) })
  /** What stands below the form. */
  return computed(() => {
    if (!error() || (at.value !== null && names.has(at.value))) return null
    return at.value ? `${at.value}: ${say(error())}` : say(error())
  })
}

export function useProblem(name: string | undefined) {
  const problems = inject(KEY, null)
  if (!name || !problems) return computed(() => null)
  problems.names.add(name)
  onScopeDispose(() => problems.names.delete(name))
  return computed(() => problems.problemOf(name))
}
