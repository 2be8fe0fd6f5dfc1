#!/usr/bin/env node
/**
 * The interop tests: client libraries of other people, and the demo's single-page app, each through login and consent in a
 * headless Chromium.
 *
 *     tests/interop/setup                 once, and after a change of a lock file
 *     node tests/interop/main.mjs         all
 *     node tests/interop/main.mjs WORD…   those tests whose id contains one of the words
 */

import { readdirSync } from 'node:fs';
import { load, run } from './support/runner.mjs';

const here = new URL( '.', import.meta.url );
const files = readdirSync( here ).filter( ( name ) => name.endsWith( '.test.mjs' ) ).sort();
await load( files.map( ( name ) => new URL( name, here ).href ) );
process.exitCode = ( await run( process.argv.slice( 2 ) ) ) ? 1 : 0;
