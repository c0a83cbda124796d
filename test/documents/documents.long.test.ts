// The other documents do what they say.

import { documents, READ_FIRST, testDocuments } from './document-tests.js';

testDocuments(documents.filter((name) => !READ_FIRST.includes(name)));
