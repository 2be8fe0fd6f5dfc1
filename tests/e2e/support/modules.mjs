/** The packages of package-lock.json, which ../setup installs outside the tree. */

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire( new URL( '../../../var/tools/e2e/package.json', import.meta.url ) );

export const { chromium } = require( 'playwright-core' );

/** axe-core's source, to be run in a page. */
export const axeSource = readFileSync( require.resolve( 'axe-core/axe.min.js' ), 'utf8' );
