/** Which parts of the panel are folded, for all customers alike. */
import { reactive, watch } from 'vue'

const KEY = 'throughline.folds'
function kept(): Record<string, boolean> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, boolean>
  } catch {
    return {}
  }
}
export const folds = reactive<Record<string, boolean>>(kept())
watch(folds, () => localStorage.setItem(KEY, JSON.stringify(folds)))
