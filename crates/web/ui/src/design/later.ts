import { defineAsyncComponent, defineComponent, h, shallowRef, type Component } from 'vue'
import { Unreachable, told } from '@/api/problem'
import { needWords, useLanguage, type Part } from '@/i18n'
import LostPart from './LostPart.vue'
import { toast } from './toasts'

type Loading<T> = () => Promise<{ default: T }>
const TRIES = 3
const PAUSE = 500

/** What the network lost is asked for again. A new version of the desk: see `renewal.ts`. */
async function loaded<T>(load: Loading<T>, words: Part | undefined): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      const [module] = await Promise.all([load(), words && needWords(words)])
      return module.default
    } catch {
      if (tried === TRIES) throw new Unreachable()
      await new Promise((resolve) => setTimeout(resolve, PAUSE * tried))
    }
  }
}

/** A component that is loaded when it is first shown, together with the words that it speaks. */
export const later = <T extends Component>(load: Loading<T>, words?: Part): T =>
  defineAsyncComponent(() => loaded(load, words)) as T

/** The same for what is looked at: that it could not be loaded is said in its place. */
export const laterPane = <T extends Component>(load: Loading<T>, words?: Part): T =>
  defineAsyncComponent({ loader: () => loaded(load, words), errorComponent: LostPart }) as T

/** A dialog that is loaded when it is first opened; one that could not be had is closed again. */
export function laterDialog<T extends Component>(load: Loading<T>, words?: Part): T {
  const Dialog = shallowRef<T>()
  const untilOpened = defineComponent({
    inheritAttrs: false,
    setup(_props, { attrs, slots }) {
      const { t } = useLanguage()
      let isAsked = false
      async function fetch() {
        isAsked = true
        try {
          Dialog.value = await loaded(load, words)
        } catch (error) {
          if (attrs.open === true) toast(told(error, t), { tone: 'bad' })
          ;(attrs['onUpdate:open'] as ((open: boolean) => void) | undefined)?.(false)
        } finally {
          isAsked = false
        }
      }
      return () => {
        if (Dialog.value) return h(Dialog.value, attrs, slots)
        if (attrs.open === true && !isAsked) void fetch()
        return null
      }
    },
  })
  return untilOpened as unknown as T
}
