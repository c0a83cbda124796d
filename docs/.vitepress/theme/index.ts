// The default theme of VitePress with the fonts of the system, our colours, and the live demo.

import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { BrowserDemo } from './browser-demo.js';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => {
    app.component('BrowserDemo', BrowserDemo);
  },
} satisfies Theme;
