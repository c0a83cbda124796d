import DefaultTheme from 'vitepress/theme-without-fonts';
import type { Theme } from 'vitepress';
import BrowserDemo from './BrowserDemo.vue';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => {
    app.component('BrowserDemo', BrowserDemo);
  },
} satisfies Theme;
