// The example page (examples/browser) in a frame. It has the colours of the site and opens its model by itself.

import { useData, withBase } from 'vitepress';
import { defineComponent, h } from 'vue';

export const BrowserDemo = defineComponent({
  name: 'BrowserDemo',
  setup: () => {
    const { isDark } = useData();
    return () =>
      h('iframe', {
        class: ['browser-demo', { dark: isDark.value }],
        src: withBase('/demo/page/index.html#open-demo'),
        title: 'The browser example with a fitted model',
      });
  },
});
