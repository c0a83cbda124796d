// The page's JSON block.

import type { PageData } from '../html/page-data.js';

export const pageData = JSON.parse(document.getElementById('report-data')!.textContent) as PageData;
