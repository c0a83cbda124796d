// Reads the JSON block of the page.

import type { PageData } from '../html/page-data.js';

export const pageData = JSON.parse(document.getElementById('report-data')!.textContent) as PageData;
