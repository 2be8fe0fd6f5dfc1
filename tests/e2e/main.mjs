#!/usr/bin/env node
/**
 * The browser tests: the screens in wp-admin, in a headless Chromium, with JavaScript and without it.
 *
 *     tests/e2e/setup                            once, and after a change of package-lock.json
 *     node tests/e2e/main.mjs                    JavaScript on the newest WordPress, none on the oldest
 *     node tests/e2e/main.mjs --everywhere       both on both
 *     node tests/e2e/main.mjs [WORD…]            those tests whose id contains one of the words
 */

import { readdirSync } from 'node:fs';
import { load, run } from './support/runner.mjs';

const here = new URL( '.', import.meta.url );
const files = readdirSync( here ).filter( ( name ) => name.endsWith( '.test.mjs' ) ).sort();
await load( files.map( ( name ) => new URL( name, here ).href ) );
const words = process.argv.slice( 2 );
const failed = await run(
	words.filter( ( word ) => word !== '--everywhere' ),
	words.includes( '--everywhere' )
);
process.exitCode = failed ? 1 : 0;
