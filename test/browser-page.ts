// A page in a browser, which all tests of a file share. Each test opens an address with a width and a colour scheme.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { describeIf } from './skipping.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Tests that need a browser; skipped without one. */
export const inBrowser = describeIf(browserPath !== undefined, 'no Chromium (npm run setup installs it on Debian)');

export interface Opening {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** A violation of an accessibility rule in the page. */
export interface Violation {
  readonly id: string;
  readonly impact: string;
  /** The first element that violates the rule. */
  readonly html: string;
}

export interface BrowserPage {
  readonly open: (address: string, options?: Opening) => Promise<Page>;
  /** Errors, warnings and requests to other servers since the page was opened. */
  readonly troubles: string[];
  readonly violations: () => Promise<Violation[]>;
}

/**
 * Starts a browser before the tests of {@link inBrowser}, and ends it after them.
 * @param flags additional flags of Chromium
 */
export function browserPage(flags: readonly string[] = []): BrowserPage {
  let browser: Browser;
  let page: Page;
  const troubles: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', ...flags] });
    page = await browser.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
    });
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => {
      const { origin } = new URL(page.url());
      const url = request.url();
      if (!request.isNavigationRequest() && !/^(file|blob|data):/.test(url) && new URL(url).origin !== origin) {
        troubles.push(`fetches ${url}`);
      }
    });
  });
  afterAll(async () => {
    await browser.close();
  });
  return {
    troubles,
    open: async (address, { width = 1280, height = 900, colorScheme = 'light' } = {}) => {
      troubles.length = 0;
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ media: 'screen', colorScheme });
      await page.goto(address);
      return page;
    },
    violations: async () => {
      // The content security policy of a page does not apply to `evaluate`.
      await page.evaluate(readFileSync(AXE, 'utf8'));
      return page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
        };
        const { violations } = await axe.run();
        return violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0].html.slice(0, 200) }));
      });
    },
  };
}
