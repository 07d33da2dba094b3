/** Asks before something that cannot simply be undone. `if (await ask({…}))`. */
import { shallowRef } from 'vue'

export interface Question {
  title: string
  text?: string
  yes: string
  danger?: boolean
}

export const asked = shallowRef<(Question & { answer: (yes: boolean) => void }) | null>(null)

export function ask(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      answer: (yes) => {
        asked.value = null
        resolve(yes)
      },
    }
  })
}
