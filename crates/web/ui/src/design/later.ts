import { defineAsyncComponent, defineComponent, h, type Component } from 'vue'
import { needWords, type Part } from '@/i18n'

/** A component that is loaded when it is first shown, together with the words that it speaks. */
export function later<T extends Component>(load: () => Promise<{ default: T }>, words?: Part): T {
  return defineAsyncComponent({
    loader: async () => {
      const [module] = await Promise.all([load(), words && needWords(words)])
      return module.default
    },
    // What the network lost is asked for again. A new version of the desk: see `renewal.ts`.
    onError: (_error, retry, fail, attempts) =>
      attempts < 3 ? void setTimeout(retry, 500 * attempts) : fail(),
  }) as T
}

/** A dialog that is loaded when it is first opened. */
export function laterDialog<T extends Component>(
  load: () => Promise<{ default: T }>,
  words?: Part,
): T {
  const Dialog = later(load, words)
  const untilOpened = defineComponent({
    inheritAttrs: false,
    setup(_props, { attrs, slots }) {
      let opened = false
      return () => {
        opened ||= attrs.open === true
        return opened ? h(Dialog, attrs, slots) : null
      }
    },
  })
  return untilOpened as unknown as T
}
