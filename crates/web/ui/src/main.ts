import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/vazirmatn/wght.css'
import './style.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import App from './App.vue'
import { queryClient } from './api/queries'
import { i18n, useKeptLocale } from './i18n'
import { applyPreferences } from './preferences'
import { renewWhenOutdated } from './renewal'
import { router } from './router'

renewWhenOutdated(router)
applyPreferences()
await useKeptLocale()
createApp(App).use(router).use(i18n).use(VueQueryPlugin, { queryClient }).mount('#app')
